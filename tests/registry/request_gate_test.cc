#include "registry/request_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "registry/registry_client.h"
#include "registry/registry_listing.h"
#include "tests/support/fake_registry.h"

namespace registry {
namespace {

using ::testing::ElementsAre;

// Remembers what it let pass, as "host:port 429 9".
struct TollGate final : RequestGate {
  void enter(const std::string& host) override {
    if (!is_open) throw base::HttpError(host + " is closed", 429);
  }
  void answered(const std::string& host, int status, std::optional<std::chrono::seconds> retry_after) override {
    passed.push_back(host + " " + std::to_string(status) +
                     (retry_after ? " " + std::to_string(retry_after->count()) : std::string()));
  }
  bool is_open = true;
  std::vector<std::string> passed;
};

class RequestGateTest : public ::testing::Test {
 protected:
  std::unique_ptr<ImageSource> source() {
    return make_registry_source(
        {.reference = registry_.reference("app:v1"), .policy = registry_.policy(), .gate = &gate_}, clock_);
  }

  base::RealClock clock_;
  tests::FakeRegistry registry_;
  TollGate gate_;
};

TEST_F(RequestGateTest, EachRequestForAnImagePasses) {
  const tests::FakeImage image = registry_.add_image("layer", "v1");
  const auto app = source();
  static_cast<void>(app->resolve({}, {}));
  static_cast<void>(read_blob(*app, app->manifest(image.manifest, {}).layers.at(0), 100, {}));
  EXPECT_EQ(gate_.passed.size(), registry_.seen().size());
  for (const std::string& one : gate_.passed) EXPECT_EQ(one, registry_.host() + " 200");
}

// Whatever leads to the answer: the challenge, and the token.
TEST_F(RequestGateTest, TheTokenServicesAnswerIsTheRegistrys) {
  registry_.intercept([&](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.path() == "/token") return net::ServerResponse{.status = 429, .headers = {{"Retry-After", "9"}}};
    const std::string challenge = "Bearer realm=\"" + registry_.url() + "/token\"";
    return net::ServerResponse{.status = 401, .headers = {{"WWW-Authenticate", challenge}}};
  });
  EXPECT_THROW(static_cast<void>(source()->resolve({}, {})), base::HttpError);
  EXPECT_THAT(gate_.passed, ElementsAre(registry_.host() + " 401", registry_.host() + " 429 9"));
}

TEST_F(RequestGateTest, WhereItIsShutNothingIsSent) {
  gate_.is_open = false;
  EXPECT_THROW(static_cast<void>(source()->resolve({}, {})), base::HttpError);
  RegistryListing listing({.server = registry_.host(), .policy = registry_.policy(), .gate = &gate_}, clock_);
  EXPECT_THROW(static_cast<void>(listing.repositories({})), base::HttpError);
  EXPECT_THROW(static_cast<void>(listing.tags("shop/web", {})), base::HttpError);
  EXPECT_TRUE(registry_.seen().empty());
}

TEST_F(RequestGateTest, ARequestWithoutAnAnswerIsNotTold) {
  RegistryListing listing({.server = "127.0.0.1:1", .policy = {.plain_http_hosts = {"127.0.0.1:1"}}, .gate = &gate_},
                          clock_);
  EXPECT_THROW(static_cast<void>(listing.repositories({})), base::NetworkError);
  EXPECT_TRUE(gate_.passed.empty());
}

}  // namespace
}  // namespace registry
