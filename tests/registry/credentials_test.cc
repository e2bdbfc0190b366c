#include "registry/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/error.h"

namespace registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string config_with(const std::string& key, const std::string& entry) {
  return R"({"auths":{")" + key + R"(":)" + entry + "}}";
}

struct Match {
  std::string name;
  std::string location;
  std::string image;
  bool matches;
};
void PrintTo(const Match& match, std::ostream* out) {
  *out << match.name;
}

class CredentialMatching : public ::testing::TestWithParam<Match> {};

TEST_P(CredentialMatching, FollowsTheKubelet) {
  const Keyring keyring =
      parse_docker_config_json(config_with(GetParam().location, R"({"username":"u","password":"p"})"), "the secret");

  const auto credentials = matching_credentials(keyring, base::parse_image_reference(GetParam().image));

  EXPECT_EQ(!credentials.empty(), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, CredentialMatching,
    ::testing::Values(
        Match{"SameHost", "registry.example.com", "registry.example.com/a/b:1", true},
        Match{"OtherHost", "registry.example.com", "registry.example.org/a", false},
        Match{"Scheme", "https://registry.example.com", "registry.example.com/a", true},
        Match{"HttpScheme", "http://registry.example.com", "registry.example.com/a", true},
        Match{"TrailingSlash", "registry.example.com/", "registry.example.com/a", true},
        Match{"V1Path", "https://registry.example.com/v1/", "registry.example.com/a", true},
        Match{"V2Path", "registry.example.com/v2/", "registry.example.com/a", true},
        Match{"SamePort", "registry.example.com:5000", "registry.example.com:5000/a", true},
        Match{"PortOnlyInKey", "registry.example.com:5000", "registry.example.com/a", false},
        Match{"PortOnlyInImage", "registry.example.com", "registry.example.com:5000/a", false},
        Match{"DefaultPortIsNotTheSame", "registry.example.com:443", "registry.example.com/a", false},
        Match{"Path", "registry.example.com/team", "registry.example.com/team/app", true},
        Match{"PathIsAPrefixOfTheText", "registry.example.com/team", "registry.example.com/teammate/app", true},
        Match{"OtherPath", "registry.example.com/team", "registry.example.com/other/app", false},
        Match{"Glob", "*.example.com", "registry.example.com/a", true},
        Match{"GlobCoversOneLabel", "*.example.com", "a.b.example.com/a", false},
        Match{"GlobWithinLabel", "reg*ry.example.com", "registry.example.com/a", true},
        Match{"GlobDoesNotCoverNothing", "*.registry.example.com", "registry.example.com/a", false},
        Match{"GlobInTwoLabels", "*.*.com", "registry.example.com/a", true},
        Match{"SuffixTrick", "example.com", "evilexample.com/a", false},
        Match{"SuperdomainTrick", "registry.example.com", "registry.example.com.evil.org/a", false},
        Match{"DockerHubKey", "https://index.docker.io/v1/", "nginx", true},
        Match{"DockerHubKeyForNamespace", "https://index.docker.io/v1/", "docker.io/team/app", true},
        Match{"DockerHubByName", "docker.io", "nginx", true},
        Match{"DockerHubKeyIsNotForOthers", "https://index.docker.io/v1/", "registry.example.com/a", false},
        // The kubelet would send Docker Hub's credential to a registry on "localhost"; that is a mistake we leave to
        // it.
        Match{"DockerHubKeyIsNotForLocalhost", "https://index.docker.io/v1/", "localhost/a", false},
        Match{"Ipv6", "[::1]:5000", "[::1]:5000/a", true}),
    [](const auto& row) { return row.param.name; });

TEST(Credentials, MostSpecificFirstAndNoneTwice) {
  const Keyring keyring = parse_docker_config_json(R"({"auths":{
      "r.example.com": {"username":"host","password":"p"},
      "r.example.com/team": {"username":"team","password":"p"},
      "https://r.example.com/team/app": {"username":"app","password":"p"},
      "*.example.com": {"username":"host","password":"p"}}})",
                                                   "the secret");

  const auto credentials = matching_credentials(keyring, base::parse_image_reference("r.example.com/team/app:1"));

  EXPECT_THAT(credentials, ElementsAre(Credential{.username = "app", .password = "p"},
                                       Credential{.username = "team", .password = "p"},
                                       Credential{.username = "host", .password = "p"}));
}

TEST(Credentials, AuthWinsOverNameAndPassword) {
  const std::string entry =
      R"({"username":"old","password":"old","auth":")" + base::encode_base64("name:pass:word") + R"("})";

  const Keyring keyring = parse_docker_config_json(config_with("r.example.com", entry), "the secret");

  EXPECT_EQ(keyring.at(0).credential, (Credential{.username = "name", .password = "pass:word"}));
}

TEST(Credentials, AuthWithoutPaddingAndWithTrailingZeros) {
  std::string auth = base::encode_base64(std::string("u:pw\0", 5));
  while (auth.back() == '=') auth.pop_back();

  const Keyring keyring = parse_docker_config_json(config_with("r", R"({"auth":")" + auth + R"("})"), "the secret");

  EXPECT_EQ(keyring.at(0).credential, (Credential{.username = "u", .password = "pw"}));
}

TEST(Credentials, IdentityToken) {
  const Keyring keyring = parse_docker_config_json(config_with("r", R"({"identitytoken":"t"})"), "the secret");

  EXPECT_EQ(keyring.at(0).credential, (Credential{.identity_token = "t"}));
}

TEST(Credentials, LeavesOutEntriesOfCredentialHelpers) {
  EXPECT_THAT(parse_docker_config_json(R"({"auths":{"r":{}},"credsStore":"desktop"})", "the file"), IsEmpty());
  EXPECT_THAT(parse_docker_config_json(R"({"credsStore":"desktop"})", "the file"), IsEmpty());
}

TEST(Credentials, ReadsTheOldDockercfg) {
  const Keyring keyring = parse_dockercfg(R"({"r.example.com":{"username":"u","password":"p"}})", "the secret");

  EXPECT_THAT(keyring, ElementsAre(KeyringEntry{"r.example.com", {.username = "u", .password = "p"}}));
}

struct Broken {
  std::string name;
  std::string text;
};
void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.name;
}
class BrokenDockerConfig : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenDockerConfig, IsNamedAndNotQuoted) {
  try {
    static_cast<void>(parse_docker_config_json(GetParam().text, "secret ns/pull"));
    FAIL() << "was accepted";
  } catch (const base::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("secret ns/pull"));
    EXPECT_THAT(error.what(), ::testing::Not(HasSubstr("hunter2")));
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, BrokenDockerConfig,
                         ::testing::Values(Broken{"NotJson", "hunter2"}, Broken{"NotAnObject", R"(["hunter2"])"},
                                           Broken{"AuthsNotAnObject", R"({"auths":["hunter2"]})"},
                                           Broken{"EntryNotAnObject", R"({"auths":{"r":"hunter2"}})"},
                                           Broken{"AuthNotBase64", R"({"auths":{"r":{"auth":"hunter2!"}}})"},
                                           Broken{"AuthWithoutColon", R"({"auths":{"r":{"auth":"aHVudGVyMg=="}}})"},
                                           Broken{"Truncated", R"({"auths":{"r":{"password":"hunter2)"},
                                           Broken{"TooLarge", std::string((1 << 20) + 1, ' ')},
                                           Broken{"TooDeep", std::string(100, '[') + std::string(100, ']')}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace registry
