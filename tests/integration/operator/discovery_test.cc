// What a registry holds becomes ImageScans and findings without a word from it, by the real programs on a real
// kube-apiserver.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crds/object_names.h"
#include "tests/integration/operator/installed_operator.h"
#include "tests/support/compress.h"
#include "tests/support/sample_image.h"

namespace pratique_operator {
namespace {

using nlohmann::json;
using tests::eventually;
using tests::InstalledOperator;
using tests::state_of;

// A namespace that follows a registry of one repository, which is looked for and sends no events.
class Discovery : public ::testing::Test {
 protected:
  Discovery() {
    registry_.intercept([](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
      if (request.path() == "/v2/_catalog")
        return net::ServerResponse{.body = R"({"repositories":["lab/x","shop/web"]})"};
      if (request.path() == "/v2/shop/web/tags/list") return net::ServerResponse{.body = R"({"tags":["1"]})"};
      return std::nullopt;
    });
  }
  void discover(const json& discovery) {
    cluster_.admin()->merge_patch(crds::kScanRegistry, {{}, followed_.scan_registry()},
                                  {{"spec", {{"discovery", discovery}}}}, {});
  }
  [[nodiscard]] crds::ScanRegistry scan_registry() const {
    return cluster_.admin()->get(crds::kScanRegistry, {{}, followed_.scan_registry()})->get<crds::ScanRegistry>();
  }

  InstalledOperator& cluster_ = InstalledOperator::instance();
  tests::FollowedNamespace followed_{"discovery"};
  tests::FakeRegistry& registry_ = followed_.registry();
  tests::FakeImage image_ = registry_.add_image(tests::gzip(tests::sample_layer()), "1");
  const kubernetes::ObjectKey key_{followed_.name(), crds::image_scan_name(registry_.reference("shop/web:1"))};
};

TEST_F(Discovery, WhatWasPushedWhileNobodyListenedIsScanned) {
  discover({{"repositories", {"shop/*"}}, {"interval", "1m"}});

  ASSERT_TRUE(eventually([&] {
    const std::optional<json> scan = cluster_.admin()->get(crds::kImageScan, key_);
    return scan && state_of(scan->get<crds::ImageScan>().status.conditions, crds::kScanned) == "True/Scanned";
  }));
  EXPECT_EQ(tests::stored_scan(key_).status.packages, 3);
  ASSERT_TRUE(eventually([&] { return state_of(scan_registry().status.conditions, "Discovered") == "True/Listed"; }));
  EXPECT_EQ(tests::message_of(scan_registry().status.conditions, "Discovered"), "1 repository, 1 image");
  EXPECT_FALSE(scan_registry().status.last_discovery.empty());
  EXPECT_FALSE(state_of(scan_registry().status.conditions, "Reachable").empty()) << "others' conditions stay";
}

// The whole way of a change: the field is withdrawn, and what it made is let go.
TEST_F(Discovery, EndsWhenItIsTakenAway) {
  discover({{"repositories", {"shop/*"}}});
  ASSERT_TRUE(eventually([&] { return cluster_.admin()->get(crds::kImageScan, key_).has_value(); }));

  discover(nullptr);

  EXPECT_TRUE(eventually([&] {
    return state_of(scan_registry().status.conditions, "Discovered") == "Unknown/NotConfigured";
  })) << state_of(scan_registry().status.conditions, "Discovered");
}

}  // namespace
}  // namespace pratique_operator
