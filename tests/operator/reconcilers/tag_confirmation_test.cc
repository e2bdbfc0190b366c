// A tag that is old news is asked for by a HEAD, which registries do not count as a pull, for as long as that is
// enough.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/operator/support/image_scan_fixture.h"

namespace tests {
namespace {

using testing::SizeIs;

class TagConfirmationTest : public ImageScanReconcilerTest {
 protected:
  TagConfirmationTest() {
    used_by_.pods = 1;
    make_scan();
    reconcile();
    match_report();
  }
  void five_minutes_later() {
    clock_.advance(std::chrono::minutes(5));
    reconcile();
  }
  [[nodiscard]] std::string now() const { return base::format_rfc3339(clock_.system_now()); }
};

TEST_F(TagConfirmationTest, WhatStillMeansTheSameIsNotResolvedAnew) {
  for (int i = 0; i < 3; ++i) {
    five_minutes_later();
    EXPECT_EQ(status().resolved_at, now()) << "admission trusts it as long as after a resolution";
  }
  EXPECT_THAT(resolver_.requests, SizeIs(1));
  EXPECT_THAT(resolver_.confirmations, SizeIs(3));
  EXPECT_EQ(status().digest, kDigest.text());
  EXPECT_EQ(condition(crds::kResolved), "True Resolved");
}

TEST_F(TagConfirmationTest, ATagThatMovedIsResolvedAndScanned) {
  resolver_.digest = kNewDigest;
  five_minutes_later();
  EXPECT_THAT(resolver_.requests, SizeIs(2));
  EXPECT_EQ(status().digest, kNewDigest.text());
  EXPECT_THAT(scanner_.requests, SizeIs(2));

  five_minutes_later();
  EXPECT_THAT(resolver_.requests, SizeIs(2)) << "and from then on confirmed";
}

TEST_F(TagConfirmationTest, APersonsOrAnEventsWordAsksForTheManifests) {
  request_rescan("2026-01-31T08:00:00.5Z");
  reconcile();
  EXPECT_THAT(resolver_.requests, SizeIs(2));
  EXPECT_THAT(resolver_.confirmations, SizeIs(0));
}

TEST_F(TagConfirmationTest, WhatIsAskedOtherwiseIsProvedAnew) {
  nlohmann::json scan = api_.at(crds::kImageScan, kWeb);
  scan["spec"]["platforms"] = {"linux/arm64"};
  scan["metadata"]["generation"] = 2;
  api_.put(crds::kImageScan, scan);
  api_.feed(scans_, crds::kImageScan);
  resolver_.platforms = {{"linux", "arm64", ""}};
  five_minutes_later();
  EXPECT_THAT(resolver_.requests, SizeIs(2));
  EXPECT_THAT(resolver_.confirmations, SizeIs(0));
}

// A new kind of node wants a manifest that nobody has asked for.
TEST_F(TagConfirmationTest, OtherNodesWantOtherManifests) {
  node_platforms_.push_back({"linux", "arm64", ""});
  five_minutes_later();
  EXPECT_THAT(resolver_.requests, SizeIs(2));
  five_minutes_later();
  EXPECT_THAT(resolver_.requests, SizeIs(2));
}

// Who leads from now on has seen nothing proved.
TEST_F(TagConfirmationTest, ANewLeaderProvesItOnce) {
  reconcilers::ImageScanReconciler next(surroundings());
  for (int i = 0; i < 2; ++i) {
    clock_.advance(std::chrono::minutes(5));
    static_cast<void>(next.reconcile(kWeb, {}));
    api_.feed(scans_, crds::kImageScan);
  }
  EXPECT_THAT(resolver_.requests, SizeIs(2));
  EXPECT_THAT(resolver_.confirmations, SizeIs(1));
}

TEST_F(TagConfirmationTest, ARegistryThatSaysNoIsAskedToTheEnd) {
  clock_.advance(std::chrono::minutes(5));
  resolver_.error = [] { throw base::HttpError("too many requests", 429, {}, std::chrono::seconds(60)); };
  reconcile_and_fail();
  EXPECT_EQ(condition(crds::kResolved), "False RateLimited");
  EXPECT_THAT(resolver_.requests, SizeIs(1)) << "who asks to be left alone is not asked twice";
  resolver_.error = {};
  reconcile();
  EXPECT_THAT(resolver_.requests, SizeIs(2)) << "after a failure by its manifests";
  EXPECT_EQ(condition(crds::kResolved), "True Resolved");
}

}  // namespace
}  // namespace tests
