// The program pratique-scanner over mutual TLS, and a registry that speaks HTTP and can lie.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "net/certificates.h"
#include "net/http_client.h"
#include "scanner/report_wire.h"
#include "tests/support/compress.h"
#include "tests/support/fake_registry.h"
#include "tests/support/layout_writer.h"
#include "tests/support/paths.h"
#include "tests/support/tar_builder.h"

namespace scanner {
namespace {

using ::testing::HasSubstr;

// The program, and the ports that its log names.
class ScannerProgram {
 public:
  explicit ScannerProgram(const std::vector<std::string>& options, const std::string& listen = "127.0.0.1:0") {
    std::array<int, 2> log{};
    CHECK(pipe2(log.data(), O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, log[1], STDERR_FILENO);
    std::vector<std::string> words = {tests::program_path("pratique-scanner"), "serve", "--listen=" + listen,
                                      "--metrics-address=127.0.0.1:0", "--health-address=127.0.0.1:0"};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    CHECK(posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(log[1]);
    log_ = fdopen(log[0], "r");
  }
  ~ScannerProgram() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    static_cast<void>(wait());
    static_cast<void>(fclose(log_));
  }
  ScannerProgram(const ScannerProgram&) = delete;
  ScannerProgram& operator=(const ScannerProgram&) = delete;

  // Reads the log until `listener` is there; 0 when the program ends before.
  int port_of(const std::string& listener) {
    std::array<char, 4096> line{};
    while (!ports_.contains(listener) && fgets(line.data(), line.size(), log_) != nullptr) {
      const nlohmann::json record = nlohmann::json::parse(line.data(), nullptr, false);
      if (record.is_object() && record.value("msg", "") == "listening") {
        ports_[record.value("listener", "")] = record.value("port", 0);
      }
    }
    return ports_[listener];
  }

  void signal(int number) const { kill(pid_, number); }
  // The exit status; -1 for a signal.
  int wait() {
    int status = 0;
    if (pid_ > 0) waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  FILE* log_ = nullptr;
  std::map<std::string, int> ports_;
};

class ScanServiceProgram : public ::testing::Test {
 protected:
  void write_tls_directory() {
    const net::KeyPair server = issue("pratique-scanner");
    tests::write_file(folder_.path() / "tls.crt", server.certificate_pem);
    tests::write_file(folder_.path() / "tls.key", server.key_pem);
    tests::write_file(folder_.path() / "ca.crt", authority_.certificate_pem);
  }
  net::KeyPair issue(const std::string& name) const {
    return net::issue_leaf(authority_, {.common_name = name, .dns_names = {"127.0.0.1"}}, clock_.system_now());
  }
  void start() {
    write_tls_directory();
    program_ = std::make_unique<ScannerProgram>(
        std::vector<std::string>{"--tls-dir=" + folder_.path().string(), "--client-name=pratique-operator"});
    ASSERT_NE(program_->port_of("scans"), 0);
  }
  std::unique_ptr<net::HttpClient> client(const std::string& name) const {
    const net::KeyPair leaf = issue(name);
    return net::make_http_client({.tls = {.ca_bundle_pem = authority_.certificate_pem,
                                          .client_certificate_pem = leaf.certificate_pem,
                                          .client_key_pem = leaf.key_pem},
                                  .address_policy = {}});
  }
  net::HttpResponse ask(net::HttpClient& http, const base::Digest& digest) {
    net::HttpRequest request;
    request.method = "POST";
    request.url = net::parse_url("https://127.0.0.1:" + std::to_string(program_->port_of("scans")) + "/v1/inventories");
    request.body = write_scan_request({.reference = registry_.host() + "/shop/web:1",
                                       .digest = digest.text(),
                                       .platform = "linux/amd64",
                                       .access = {.plain_http_hosts = {registry_.host()}}});
    return http.send(request);
  }
  net::HttpResponse ask(const base::Digest& digest) {
    const auto http = client("pratique-operator");
    return ask(*http, digest);
  }
  static Inventory inventory_in(const net::HttpResponse& response) {
    ScanAnswerReader reader;
    reader.feed(response.body);
    return reader.finish();
  }
  static std::string reason_in(const net::HttpResponse& response) {
    try {
      static_cast<void>(inventory_in(response));
    } catch (const ScanFailed& failed) {
      return failed.failure().reason;
    }
    return "none";
  }
  std::string get_plain(const std::string& listener, const std::string& path) {
    const auto http = net::make_http_client({});
    net::HttpRequest request;
    request.url = net::parse_url("http://127.0.0.1:" + std::to_string(program_->port_of(listener)) + path);
    return http->send(request).body;
  }

  base::RealClock clock_;
  tests::TemporaryFolder folder_;
  net::KeyPair authority_ = net::make_authority("test", clock_.system_now(), std::chrono::hours(1));
  tests::FakeRegistry registry_;
  std::unique_ptr<ScannerProgram> program_;
  std::string layer_ = tests::gzip(tests::TarBuilder()
                                       .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
                                       .file("var/lib/dpkg/status",
                                             "Package: bash\nStatus: install ok installed\n"
                                             "Architecture: amd64\nVersion: 5.2.15-2+b2\n\n")
                                       .archive());
};

TEST_F(ScanServiceProgram, ScansAnImageOfARegistryAndEndsGracefully) {
  const tests::FakeImage image = registry_.add_image(layer_, "1");
  start();

  const Inventory inventory = inventory_in(ask(image.manifest));

  ASSERT_EQ(inventory.packages.size(), 1U);
  EXPECT_EQ(inventory.packages[0].name, "bash");
  EXPECT_EQ(inventory.packages[0].layer, image.layer.text());
  EXPECT_EQ(inventory.digest, image.manifest.text());
  EXPECT_TRUE(inventory.complete);
  EXPECT_THAT(get_plain("metrics", "/metrics"), HasSubstr("pratique_scans_total{result=\"Complete\"} 1"));
  EXPECT_THAT(get_plain("health", "/readyz"), HasSubstr("ok"));
  program_->signal(SIGTERM);
  EXPECT_EQ(program_->wait(), 0);
}

TEST_F(ScanServiceProgram, ServesItsCallerAlone) {
  const tests::FakeImage image = registry_.add_image(layer_);
  start();
  const auto stranger = client("somebody-else");
  EXPECT_EQ(ask(*stranger, image.manifest).status, 403);
  const auto nobody =
      net::make_http_client({.tls = {.ca_bundle_pem = authority_.certificate_pem}, .address_policy = {}});
  EXPECT_THROW(static_cast<void>(ask(*nobody, image.manifest)), base::NetworkError);
}

TEST_F(ScanServiceProgram, UsesARenewedCertificate) {
  const tests::FakeImage image = registry_.add_image(layer_);
  start();
  authority_ = net::make_authority("renewed", clock_.system_now(), std::chrono::hours(1));
  write_tls_directory();
  for (const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);;) {
    try {
      EXPECT_EQ(ask(image.manifest).status, 200);
      break;
    } catch (const base::NetworkError&) {
      ASSERT_LT(std::chrono::steady_clock::now(), patience) << "the old certificate is still served";
    }
  }
}

TEST_F(ScanServiceProgram, SaysWhatIsWrongWithARegistry) {
  const tests::FakeImage image = registry_.add_image(layer_);
  start();
  const auto answer = [](int status, std::string body = {}) {
    return
        [=](const net::ServerRequest&) { return std::optional(net::ServerResponse{.status = status, .body = body}); };
  };
  const auto on_layer = [&](std::string body) {
    return [target = "/v2/shop/web/blobs/" + image.layer.text(),
            body = std::move(body)](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      if (request.target != target) return std::nullopt;
      return net::ServerResponse{.status = 200, .body = body};
    };
  };
  std::string flipped = layer_;
  flipped.back() ^= 1;
  struct Row {
    std::string name;
    tests::FakeRegistry::Intercept intercept;
    std::string reason;
  } const rows[] = {
      {"wrong credentials", answer(401), "Unauthorized"},
      {"no right", answer(403), "Forbidden"},
      {"no such image", answer(404), "NotFound"},
      {"another manifest than the digest names", answer(200, "{}"), "InvalidImage"},
      {"layer cut off on its way", on_layer(layer_.substr(0, layer_.size() / 2)), "InvalidImage"},
      {"layer of another content", on_layer(flipped), "InvalidImage"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    registry_.intercept(row.intercept);
    EXPECT_EQ(reason_in(ask(image.manifest)), row.reason);
  }
}

TEST_F(ScanServiceProgram, CallsNoHostileImageClean) {
  start();
  struct Row {
    std::string name;
    std::string layer;
  } const rows[] = {
      {"gzip bomb", tests::gzip(tests::TarBuilder().entry({.path = "zeros", .size_field = "00700000000"}).bytes() +
                                std::string(100 << 20, '\0'))},
      {"path out of the image", tests::gzip(tests::TarBuilder().file("../../etc/passwd", "").archive())},
      {"truncated layer", layer_.substr(0, layer_.size() / 2)},
      {"broken dpkg status",
       tests::gzip(tests::TarBuilder().file("var/lib/dpkg/status", "\xff\xfe Package").archive())},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Inventory inventory = inventory_in(ask(registry_.add_image(row.layer).manifest));
    EXPECT_FALSE(inventory.complete);
    EXPECT_FALSE(inventory.warnings.empty());
  }
}

TEST_F(ScanServiceProgram, RefusesToSendCredentialsInTheClear) {
  ScannerProgram open({}, "0.0.0.0:0");
  EXPECT_EQ(open.wait(), 1);
}

TEST_F(ScanServiceProgram, RefusesToRunWithFewerDefencesThanItMust) {
  ScannerProgram of_a_later_age({"--require-defences=seccomp,landlock=1000"});
  EXPECT_EQ(of_a_later_age.wait(), 1);
}

}  // namespace
}  // namespace scanner
