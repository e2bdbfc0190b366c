#include "operator/reconcilers/registry_usage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/operator/support/fake_clock.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::ElementsAre;

class RegistryUsageTest : public testing::Test {
 protected:
  void put(const std::string& ns, const std::string& image, std::int64_t bytes, const std::string& duration) {
    scans_.apply({.type = kubernetes::ObjectEventType::kApply,
                  .object = {{"metadata", {{"namespace", ns}, {"name", "scan-" + std::to_string(++made_)}}},
                             {"spec", {{"image", image}}},
                             {"status",
                              {{"image", image},
                               {"bytesFetched", bytes},
                               {"duration", duration},
                               {"conditions", {{{"type", "Scanned"}, {"status", bytes > 0 ? "True" : "False"}}}}}}}});
  }

  int made_ = 0;
  tests::FakeClock clock_;
  kubernetes::Store<crds::ImageScan> scans_{[](const json& object) { return object.get<crds::ImageScan>(); }};
  UsageCounts counts_{scans_, clock_};
};

TEST_F(RegistryUsageTest, SumsUpByNamespaceTheDearestFirst) {
  put("shop", "registry:5000/shop/web:1", 100, "2s");
  put("shop", "registry:5000/shop/api:1", 50, "1m1s");
  put("bank", "registry:5000/bank/web:1", 400, "3s");
  put("lab", "registry:5000/lab/web:1", 0, "");
  put("shop", "registry:5000.example.com/shop/web:1", 7, "1s");
  put("shop", "other/shop/web:1", 7, "1s");

  const RegistryUsage usage = usage_by_server(scans_).at("registry:5000");
  EXPECT_EQ(usage.images, 4);
  EXPECT_EQ(usage.scanned, 3);
  EXPECT_EQ(usage.bytes_fetched, 550);
  EXPECT_EQ(usage.scan_seconds, 66);
  EXPECT_THAT(usage.namespaces,
              ElementsAre(crds::NamespaceUsage{"bank", 1, 400, 3}, crds::NamespaceUsage{"shop", 2, 150, 63},
                          crds::NamespaceUsage{"lab", 1, 0, 0}));
}

TEST_F(RegistryUsageTest, NamesNoMoreNamespacesThanTheObjectHolds) {
  for (std::size_t i = 0; i < kNamespacesMax + 1; ++i)
    put("ns-" + std::to_string(i), "r/a:1", static_cast<std::int64_t>(i), "1s");
  const RegistryUsage usage = usage_by_server(scans_).at("r");
  EXPECT_EQ(usage.namespaces.size(), kNamespacesMax);
  EXPECT_EQ(usage.images, static_cast<std::int64_t>(kNamespacesMax) + 1);
}

TEST_F(RegistryUsageTest, OfNothingIsNothing) {
  EXPECT_TRUE(usage_by_server(scans_).empty());
  EXPECT_EQ(counts_.of("r").images, 0);
  EXPECT_TRUE(counts_.of("r").namespaces.empty());
}

TEST_F(RegistryUsageTest, WhatHasNoReferenceYetBelongsToNobody) {
  put("shop", "", 100, "2s");
  EXPECT_TRUE(usage_by_server(scans_).empty());
}

TEST_F(RegistryUsageTest, CountsForAllRegistriesAtOnceAndAnewAfterASecond) {
  put("shop", "registry:5000/shop/web:1", 100, "2s");
  EXPECT_EQ(counts_.of("registry:5000").images, 1);
  put("shop", "registry:5000/shop/api:1", 50, "1s");
  put("shop", "other/shop/api:1", 50, "1s");
  EXPECT_EQ(counts_.of("registry:5000").images, 1);
  EXPECT_EQ(counts_.of("other").images, 0) << "of the same count";

  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(counts_.of("registry:5000").images, 2);
  EXPECT_EQ(counts_.of("other").images, 1);
}

}  // namespace
}  // namespace pratique_operator::reconcilers
