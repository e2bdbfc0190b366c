// A registry that answers 429 is left alone by everybody until it may be asked, and the ScanRegistry shows it: by the
// real programs on a real kube-apiserver.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/integration/operator/installed_operator.h"
#include "tests/support/compress.h"
#include "tests/support/sample_image.h"
#include "tests/support/tar_builder.h"

namespace pratique_operator {
namespace {

using nlohmann::json;
using tests::eventually;
using tests::InstalledOperator;
using tests::state_of;

class ThrottledRegistry : public ::testing::Test {
 protected:
  [[nodiscard]] crds::ScanRegistryStatus status() const {
    return cluster_.admin()
        ->get(crds::kScanRegistry, {{}, followed_.scan_registry()})
        ->get<crds::ScanRegistry>()
        .status;
  }
  [[nodiscard]] static std::string state(const kubernetes::ObjectKey& scan, std::string_view condition) {
    return state_of(tests::stored_scan(scan).status.conditions, condition);
  }
  // Of this repository.
  [[nodiscard]] std::size_t requests(const std::string& repository) {
    return static_cast<std::size_t>(std::ranges::count_if(registry_.seen(), [&](const auto& seen) {
      return seen.target.find("/" + repository + "/") != std::string::npos;
    }));
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::FollowedNamespace followed_{"throttled"};
  tests::FakeRegistry& registry_ = followed_.registry();
  // Like no other: a report that another test left would do for it.
  const tests::FakeImage image_ = registry_.add_image(
      tests::gzip(tests::TarBuilder().file("of", followed_.name()).bytes() + tests::sample_layer()), "1");
};

// For what waits for the registry's time, and for the others' turn behind it.
constexpr std::chrono::seconds kPause{60};

TEST_F(ThrottledRegistry, IsLeftAloneUntilItMayBeAsked) {
  registry_.intercept([](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.target.find("/manifests/") == std::string::npos) return std::nullopt;
    return net::ServerResponse{.status = 429, .headers = {{"Retry-After", "15"}}};
  });
  const kubernetes::ObjectKey first =
      tests::create_scan(followed_.name(), "first", {{"image", registry_.host() + "/shop/web:1"}});
  ASSERT_TRUE(eventually([&] { return state(first, crds::kResolved) == "False/RateLimited"; }));
  ASSERT_TRUE(eventually([&] { return !status().throttled_until.empty(); })) << cluster_.leader().log();
  EXPECT_EQ(state_of(status().conditions, "Throttled"), "True/TooManyRequests");

  const kubernetes::ObjectKey second =
      tests::create_scan(followed_.name(), "second", {{"image", registry_.host() + "/bank/web:1"}});
  ASSERT_TRUE(eventually([&] { return state(second, crds::kResolved) == "False/RateLimited"; }));
  EXPECT_EQ(requests("bank/web"), 0U) << "what another image was answered holds this one";

  registry_.intercept({});
  for (const kubernetes::ObjectKey& scan : {first, second}) {
    ASSERT_TRUE(eventually([&] { return state(scan, crds::kScanned) == "True/Scanned"; }, kPause))
        << cluster_.leader().log();
  }
  ASSERT_TRUE(eventually([&] { return state_of(status().conditions, "Throttled") == "False/NotThrottled"; }));
  EXPECT_EQ(status().throttled_until, "") << "the field is withdrawn";
  EXPECT_TRUE(eventually([&] { return status().scans.value_or(0) >= 1; })) << "and what the scan cost is metered";
}

}  // namespace
}  // namespace pratique_operator
