#include "registry/registry_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/error.h"
#include "tests/support/fake_registry.h"

namespace registry {
namespace {

using testing::HasSubstr;
using testing::Not;

const Credential kRobot{.username = "robot", .password = "s3cret"};
const std::string kBasic = "Basic " + base::encode_base64("robot:s3cret");

class RegistryProbeTest : public testing::Test {
 protected:
  ProbeAnswer probe(std::optional<Credential> credential = kRobot) {
    return probe_registry({.server = registry_.host(), .credential = std::move(credential), .policy = policy_}, clock_,
                          {});
  }
  // A registry whose root asks for `challenge`, and takes `authorization` alone.
  void ask_for(const std::string& challenge, const std::string& authorization) {
    registry_.intercept([=](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      if (!request.target.starts_with("/v2/")) {
        return std::nullopt;
      }
      if (net::find_header(request.headers, "Authorization") == authorization) {
        return net::ServerResponse{.status = 200, .body = "{}"};
      }
      return net::ServerResponse{.status = 401, .headers = {{"WWW-Authenticate", challenge}}};
    });
  }
  // The registry is its own token service, which gives a token to who shows `authorization`.
  void give_tokens_to(const std::string& authorization) {
    registry_.intercept(
        [=, url = registry_.url()](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
          const std::string shown = net::find_header(request.headers, "Authorization").value_or("");
          if (request.target.starts_with("/token")) {
            return shown == authorization ? net::ServerResponse{.status = 200, .body = R"({"token":"t"})"}
                                          : net::ServerResponse{.status = 401};
          }
          if (shown == "Bearer t") {
            return net::ServerResponse{.status = 200, .body = "{}"};
          }
          return net::ServerResponse{
              .status = 401, .headers = {{"WWW-Authenticate", "Bearer realm=\"" + url + "/token\",service=\"s\""}}};
        });
  }

  base::RealClock clock_;
  tests::FakeRegistry registry_;
  net::UrlPolicy policy_ = registry_.policy();
};

TEST_F(RegistryProbeTest, TriesNoLoginWithoutACredential) {
  ask_for("Basic realm=\"r\"", kBasic);

  const ProbeAnswer answer = probe(std::nullopt);

  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.login, Login::kNotTried);
  EXPECT_EQ(registry_.seen().size(), 1u);
}

TEST_F(RegistryProbeTest, ShowsNoCredentialToARegistryThatAsksForNone) {
  registry_.intercept([](const net::ServerRequest&) { return net::ServerResponse{.status = 200, .body = "{}"}; });

  EXPECT_EQ(probe().login, Login::kNotNeeded);
  EXPECT_THAT(registry_.all_authorizations(), Not(HasSubstr("Basic")));
}

TEST_F(RegistryProbeTest, SaysWhetherAPasswordIsTaken) {
  ask_for("Basic realm=\"r\"", kBasic);
  EXPECT_EQ(probe().login, Login::kAccepted);
  EXPECT_EQ(probe(Credential{.username = "robot", .password = "old"}).login, Login::kRefused);
}

TEST_F(RegistryProbeTest, SaysWhetherTheTokenServiceTakesIt) {
  give_tokens_to(kBasic);
  EXPECT_EQ(probe().login, Login::kAccepted);
  EXPECT_THAT(registry_.seen().at(1).target, Not(HasSubstr("scope="))) << "nothing is asked about any repository";
  EXPECT_EQ(probe(Credential{.username = "robot", .password = "old"}).login, Login::kRefused);
}

TEST_F(RegistryProbeTest, AStrangersTokenServiceGetsNoCredential) {
  tests::FakeRegistry stranger;
  stranger.intercept(
      [](const net::ServerRequest&) { return net::ServerResponse{.status = 200, .body = R"({"token":"anonymous"})"}; });
  policy_.plain_http_hosts.insert(stranger.host());
  ask_for("Bearer realm=\"" + stranger.url() + "/token\",service=\"s\"", "Bearer t");

  const ProbeAnswer answer = probe();

  EXPECT_EQ(answer.login, Login::kRealmNotTrusted);
  EXPECT_EQ(answer.untrusted_realm, stranger.host());
  EXPECT_THAT(stranger.all_authorizations(), Not(HasSubstr("Basic")));
}

TEST_F(RegistryProbeTest, TellsWhatIsNoRegistry) {
  registry_.intercept([](const net::ServerRequest&) { return net::ServerResponse{.status = 404}; });
  EXPECT_EQ(probe().status, 404);
  EXPECT_EQ(probe().login, Login::kNotTried);
}

TEST_F(RegistryProbeTest, APrivateAddressThatNobodyNamedIsNotDialled) {
  policy_ = {};
  EXPECT_THROW(static_cast<void>(probe()), base::Error);
  EXPECT_TRUE(registry_.seen().empty());
}

}  // namespace
}  // namespace registry
