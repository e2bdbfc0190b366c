#include "kubernetes/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/base64.h"
#include "base/error.h"
#include "kubernetes/token_source.h"

namespace kubernetes {
namespace {

using testing::HasSubstr;

// A kubeconfig with these members of its cluster and user.
std::string kubeconfig(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: dev\n"
         "clusters:\n- name: main\n  cluster: {" +
         cluster +
         "}\n"
         "users:\n- name: me\n  user: {" +
         user +
         "}\n"
         "contexts:\n- name: dev\n  context: {cluster: main, user: me, namespace: shop}\n"
         "- name: other\n  context: {cluster: main}\n"
         "- name: broken\n  context: {cluster: absent, user: me}\n";
}

const std::string kServer = "server: 'https://api.example:6443'";

Config parse(const std::string& text, const std::string& context = {}) {
  return parse_kubeconfig(text, "/etc/kube/config", context);
}

std::string error_of(const std::string& text, const std::string& context = {}) {
  try {
    (void)parse(text, context);
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Kubeconfig, ReadsTheCurrentContext) {
  const std::string ca = base::encode_base64("CA PEM");
  const Config config = parse(kubeconfig(kServer + ", certificate-authority-data: " + ca, "token: secret"));

  EXPECT_EQ(config.server.text(), "https://api.example:6443/");
  EXPECT_EQ(config.tls.ca_bundle_pem, "CA PEM");
  EXPECT_EQ(config.token, "secret");
  EXPECT_EQ(config.ns, "shop");
}

TEST(Kubeconfig, ReadsANamedContextWithoutAUser) {
  const Config config = parse(kubeconfig("server: 'https://api.example:6443/prefix/'", "token: secret"), "other");

  EXPECT_EQ(config.server.target, "/prefix");
  EXPECT_EQ(config.token, "");
  EXPECT_EQ(config.ns, "default");
}

TEST(Kubeconfig, ResolvesPathsBesideItself) {
  const Config config = parse(kubeconfig(kServer, "tokenFile: tokens/me"));
  EXPECT_EQ(config.token_file, "/etc/kube/tokens/me");
  EXPECT_EQ(parse(kubeconfig(kServer, "tokenFile: /run/token")).token_file, "/run/token");
}

TEST(Kubeconfig, ReadsClientCertificatesFromFiles) {
  const std::string path = testing::TempDir() + "/client.pem";
  std::ofstream(path) << "PEM";
  const Config config = parse(kubeconfig(kServer, "client-certificate: " + path + ", client-key: " + path));
  EXPECT_EQ(config.tls.client_certificate_pem, "PEM");
  EXPECT_EQ(config.tls.client_key_pem, "PEM");
}

TEST(Kubeconfig, SaysWhichFileAndWhatIsWrong) {
  struct Row {
    const char* name;
    std::string text;
    const char* context;
    const char* message;
  };
  const Row rows[] = {
      {"not YAML", "{a: [", "", "kubeconfig /etc/kube/config: "},
      {"not a map", "- a", "", "not a YAML map"},
      {"empty", "", "", "not a YAML map"},
      {"no context", "a: b", "", "no current-context"},
      {"unknown context", kubeconfig(kServer, ""), "absent", "no context \"absent\""},
      {"unknown cluster", kubeconfig(kServer, ""), "broken", "no cluster \"absent\""},
      {"no server", kubeconfig("", ""), "", "has no server"},
      {"bad server", kubeconfig("server: 'ftp://x'", ""), "", "kubeconfig /etc/kube/config: "},
      {"insecure", kubeconfig(kServer + ", insecure-skip-tls-verify: true", ""), "", "insecure-skip-tls-verify"},
      {"proxy", kubeconfig(kServer + ", proxy-url: 'http://p'", ""), "", "proxy-url is not supported"},
      {"exec", kubeconfig(kServer, "exec: {command: aws}"), "", "exec plugins are not supported"},
      {"password", kubeconfig(kServer, "username: a, password: b"), "", "username is not supported"},
      {"impersonation", kubeconfig(kServer, "as: root"), "", "as is not supported"},
      {"half a pair", kubeconfig(kServer, "client-certificate-data: YQ=="), "", "belong together"},
      {"bad base64", kubeconfig(kServer, "client-key-data: '***'"), "", "client-key-data is not base64"},
      {"token with line end", kubeconfig(kServer, "token: \"a\\nHost: evil\""), "", "the token holds a line end"},
      {"list for a text", kubeconfig(kServer, "token: [a]"), "", "token is not a text"},
      {"absent file", kubeconfig(kServer, "client-key: /nonexistent"), "", "read /nonexistent"},
  };
  for (const Row& row : rows) EXPECT_THAT(error_of(row.text, row.context), HasSubstr(row.message)) << row.name;
}

TEST(Kubeconfig, IsNotBlownUpByAliases) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += before + (j < 9 ? ", " : "]\n");
  }
  EXPECT_THAT(error_of(text), HasSubstr("too many values"));
}

TEST(Config, ComesFromTheFlagThenFromTheEnvironment) {
  const std::string first = testing::TempDir() + "/first.kubeconfig";
  const std::string second = testing::TempDir() + "/second.kubeconfig";
  std::ofstream(first) << kubeconfig("server: 'https://first'", "");
  std::ofstream(second) << kubeconfig("server: 'https://second'", "");
  ::setenv("KUBECONFIG", ("/nonexistent:" + second).c_str(), 1);

  EXPECT_EQ(load_config(first).server.host, "first");
  EXPECT_EQ(load_config({}).server.host, "second");

  ::setenv("KUBECONFIG", "/nonexistent", 1);
  EXPECT_THROW((void)load_config({}), base::ConfigError);
  ::unsetenv("KUBECONFIG");
}

TEST(Config, OfAPodIsRefusedOutsideOne) {
  ::unsetenv("KUBERNETES_SERVICE_HOST");
  EXPECT_THROW((void)load_in_cluster_config(), base::ConfigError);
}

TEST(TokenSource, ReadsTheFileAgainWhenItIsAMinuteOldOrRefused) {
  Config config;
  config.token_file = testing::TempDir() + "/token";
  const auto write = [&](const char* token) { std::ofstream(config.token_file) << token; };
  write("first\n");
  TokenSource source(std::make_shared<const Config>(config));
  const base::SteadyTime start = std::chrono::steady_clock::now();

  EXPECT_EQ(source.token(start), "first");
  write("second\n");
  EXPECT_EQ(source.token(start + std::chrono::seconds(59)), "first");
  EXPECT_EQ(source.token(start + std::chrono::seconds(61)), "second");
  write("third");
  source.refused();
  EXPECT_EQ(source.token(start + std::chrono::seconds(62)), "third");
}

TEST(TokenSource, RefusesATokenThatCouldCarryAHeader) {
  Config config;
  config.token_file = testing::TempDir() + "/token";
  for (const char* token : {"", "\n", "a\nHost: evil\n"}) {
    std::ofstream(config.token_file) << token;
    TokenSource source(std::make_shared<const Config>(config));
    EXPECT_THROW((void)source.token({}), base::ConfigError) << token;
  }
}

}  // namespace
}  // namespace kubernetes
