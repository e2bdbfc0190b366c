#include "operator/reconcilers/registry_usage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/operator/support/fake_clock.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

const std::string kServer = "registry:5000";

class RegistryUsageTest : public testing::Test {
 protected:
  void put(const std::string& ns, const std::string& image, bool scanned = true) {
    scans_.apply({.type = kubernetes::ObjectEventType::kApply,
                  .object = {{"metadata", {{"namespace", ns}, {"name", "scan-" + std::to_string(++made_)}}},
                             {"spec", {{"image", image}}},
                             {"status",
                              {{"image", image},
                               {"conditions", {{{"type", "Scanned"}, {"status", scanned ? "True" : "False"}}}}}}}});
  }

  int made_ = 0;
  tests::FakeClock clock_;
  kubernetes::Store<crds::ImageScan> scans_{[](const json& object) { return object.get<crds::ImageScan>(); }};
  UsageCounts counts_{scans_, clock_};
};

TEST_F(RegistryUsageTest, CountsTheImagesThatThereAre) {
  put("shop", "registry:5000/shop/web:1");
  put("shop", "registry:5000/shop/api:1");
  put("lab", "registry:5000/lab/web:1", false);
  put("shop", "registry:5000.example.com/shop/web:1");
  put("shop", "other/shop/web:1");

  const ImageCounts counts = counts_by_server(scans_).at(kServer);
  EXPECT_EQ(counts.images, 3);
  EXPECT_EQ(counts.scanned, 2);
  EXPECT_THAT(counts.by_namespace, ElementsAre(Pair("lab", 1), Pair("shop", 2)));
}

TEST_F(RegistryUsageTest, OfNothingIsNothing) {
  EXPECT_TRUE(counts_by_server(scans_).empty());
  EXPECT_EQ(counts_.of("r").images, 0);
  EXPECT_THAT(usage_of_namespaces({}, {}), IsEmpty());
}

TEST_F(RegistryUsageTest, WhatHasNoReferenceYetBelongsToNobody) {
  put("shop", "");
  EXPECT_TRUE(counts_by_server(scans_).empty());
}

TEST_F(RegistryUsageTest, CountsForAllRegistriesAtOnceAndAnewAfterASecond) {
  put("shop", "registry:5000/shop/web:1");
  EXPECT_EQ(counts_.of(kServer).images, 1);
  put("shop", "registry:5000/shop/api:1");
  put("shop", "other/shop/api:1");
  EXPECT_EQ(counts_.of(kServer).images, 1);
  EXPECT_EQ(counts_.of("other").images, 0) << "of the same count";

  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(counts_.of(kServer).images, 2);
  EXPECT_EQ(counts_.of("other").images, 1);
}

TEST(UsageOfNamespaces, HasTheDearestFirstAlsoThoseWithoutAnImageLeft) {
  ImageCounts counts;
  counts.by_namespace = {{"lab", 1}, {"shop", 2}};
  Metered metered;
  metered.by_namespace = {{"shop", {.scans = 3, .bytes = 150, .seconds = 63}},
                          {"gone", {.scans = 1, .bytes = 400, .seconds = 3}}};
  EXPECT_THAT(usage_of_namespaces(counts, metered),
              ElementsAre(crds::NamespaceUsage{"gone", 0, 1, 400, 3}, crds::NamespaceUsage{"shop", 2, 3, 150, 63},
                          crds::NamespaceUsage{"lab", 1, 0, 0, 0}));
}

TEST(UsageOfNamespaces, NamesNoMoreThanTheObjectHolds) {
  ImageCounts counts;
  for (std::size_t i = 0; i < kNamespacesMax + 1; ++i) counts.by_namespace["ns-" + std::to_string(i)] = 1;
  EXPECT_THAT(usage_of_namespaces(counts, {}), SizeIs(kNamespacesMax));
}

class UsageTotalsTest : public testing::Test {
 protected:
  UsageTotalsTest() {
    registry_.metadata.name = "main";
    registry_.metadata.uid = "uid-1";
    registry_.spec.server = kServer;
  }
  // As the reconciler writes it and the watch brings it.
  void write() {
    const Metered sums = totals_.of(registry_);
    registry_.status.observed_generation = 1;
    registry_.status.scans = sums.total.scans;
    registry_.status.bytes_fetched = sums.total.bytes;
    registry_.status.scan_seconds = sums.total.seconds;
    registry_.status.namespaces = usage_of_namespaces({}, sums);
  }
  void scan(const std::string& ns, std::int64_t bytes) {
    meter_.add(kServer, ns, {.scans = 1, .bytes = bytes, .seconds = 2});
  }

  crds::ScanRegistry registry_;
  ScanMeter meter_;
  UsageTotals totals_{meter_};
};

TEST_F(UsageTotalsTest, EachScanCountsWhenItHappens) {
  write();
  scan("shop", 100);
  scan("shop", 100);  // of a tag that moved: it has cost as much again
  scan("bank", 5);
  write();
  const Metered sums = totals_.of(registry_);
  EXPECT_EQ(sums.total, (ScanCost{.scans = 3, .bytes = 205, .seconds = 6}));
  EXPECT_THAT(sums.by_namespace, ElementsAre(Pair("bank", ScanCost{.scans = 1, .bytes = 5, .seconds = 2}),
                                             Pair("shop", ScanCost{.scans = 2, .bytes = 200, .seconds = 4})));
  write();
  write();
  EXPECT_EQ(totals_.of(registry_), sums) << "what is written is not counted again";
}

TEST_F(UsageTotalsTest, WhatWasScannedBeforeTheObjectIsNotItsOwn) {
  scan("shop", 100);
  write();
  scan("shop", 7);
  EXPECT_EQ(totals_.of(registry_).total.bytes, 7);
}

TEST_F(UsageTotalsTest, ALeaderGoesOnWhereTheLastOneWas) {
  write();
  scan("shop", 100);
  write();

  ScanMeter next_meter;
  UsageTotals next(next_meter);
  next_meter.add(kServer, "shop", {.scans = 1, .bytes = 10, .seconds = 1});  // before it saw the object
  EXPECT_EQ(next.of(registry_).total.bytes, 110);
  next_meter.add(kServer, "bank", {.scans = 1, .bytes = 1, .seconds = 1});
  EXPECT_EQ(next.of(registry_).total, (ScanCost{.scans = 3, .bytes = 111, .seconds = 4}));
  EXPECT_EQ(next.of(registry_).by_namespace.at("shop").bytes, 110);
}

// Whose watch lagged behind what the last leader wrote.
TEST_F(UsageTotalsTest, ASumNeverFalls) {
  write();
  scan("shop", 100);
  const crds::ScanRegistry old = registry_;
  write();
  ScanMeter next_meter;
  UsageTotals next(next_meter);
  EXPECT_EQ(next.of(old).total.bytes, 0);
  EXPECT_EQ(next.of(registry_).total.bytes, 100);
  EXPECT_EQ(next.of(registry_).by_namespace.at("shop").bytes, 100);
}

TEST_F(UsageTotalsTest, AnotherObjectOfThatNameBeginsAnew) {
  write();
  scan("shop", 100);
  write();
  registry_.metadata.uid = "uid-2";
  registry_.status = {};
  EXPECT_EQ(totals_.of(registry_).total, ScanCost{});
  scan("shop", 3);
  EXPECT_EQ(totals_.of(registry_).total.bytes, 3);
}

}  // namespace
}  // namespace pratique_operator::reconcilers
