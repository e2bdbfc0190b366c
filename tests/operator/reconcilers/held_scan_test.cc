// ImageScans of a registry that has asked to be left alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/reconcilers/registry_pauses.h"
#include "tests/operator/support/image_scan_fixture.h"

namespace tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

class HeldScanTest : public ImageScanReconcilerTest {
 protected:
  static constexpr milliseconds kRest{41'000};

  HeldScanTest() { make_scan(); }
  void scan_it() {
    reconcile();
    match_report();
    reconcile();
    ASSERT_EQ(condition(crds::kReady), "True Scanned");
    api_.forget_writes();
  }
};

TEST_F(HeldScanTest, NothingIsAskedAndTheConditionSaysWhy) {
  resolver_.rest = kRest;
  EXPECT_EQ(reconcile().requeue_after, kRest);
  EXPECT_THAT(resolver_.requests, IsEmpty());
  EXPECT_EQ(condition(crds::kResolved), "False RateLimited");
  EXPECT_EQ(condition(crds::kStalled), "False RateLimited");

  api_.forget_writes();
  clock_.advance(std::chrono::seconds(5));
  EXPECT_EQ(reconcile().requeue_after, kRest);
  EXPECT_THAT(api_.writes(), IsEmpty()) << "once is enough";

  resolver_.rest.reset();
  reconcile();
  EXPECT_EQ(condition(crds::kResolved), "True Resolved");
  EXPECT_THAT(scanner_.requests, SizeIs(1));
}

TEST_F(HeldScanTest, WhatIsKnownGoesOnCounting) {
  used_by_ = {.workloads = 1, .pods = 1};
  scan_it();
  resolver_.rest = kRest;
  clock_.advance(minutes(10));
  EXPECT_EQ(reconcile().requeue_after, kRest) << "not each second until it may be asked";
  EXPECT_THAT(resolver_.confirmations, IsEmpty());
  EXPECT_EQ(condition(crds::kReady), "True Scanned");

  resolver_.rest.reset();
  reconcile();
  EXPECT_THAT(resolver_.confirmations, SizeIs(1));
}

TEST_F(HeldScanTest, WhatWasAskedForIsDoneAfterThePause) {
  scan_it();
  resolver_.rest = kRest;
  request_resolution("now");
  EXPECT_EQ(reconcile().requeue_after, kRest);
  EXPECT_THAT(api_.writes(), IsEmpty()) << "nothing may look handled";
  EXPECT_THAT(resolver_.requests, SizeIs(1));

  resolver_.rest.reset();
  reconcile();
  EXPECT_THAT(resolver_.requests, SizeIs(2));
  EXPECT_EQ(status().rescan_handled, "now");
}

TEST_F(HeldScanTest, NoScannerIsAskedMeanwhile) {
  bool is_held = false;
  resolver_.error = [&] {
    if (is_held) resolver_.rest = kRest;
  };
  is_held = true;  // by what the resolution itself was answered
  EXPECT_EQ(reconcile().requeue_after, kRest);
  EXPECT_THAT(scanner_.requests, IsEmpty());
  EXPECT_EQ(condition(crds::kResolved), "True Resolved");
  EXPECT_EQ(condition(crds::kScanned), "Unknown Scanning");
}

// The pause was over, and another pass got ahead as the probe.
TEST_F(HeldScanTest, WhoIsTurnedAwayAtTheGateLosesNothing) {
  resolver_.error = [] { throw reconcilers::LeftAlone("left alone", 429, {}, std::chrono::seconds(2)); };
  reconcile_and_fail();
  EXPECT_EQ(condition(crds::kResolved), "False RateLimited") << "nothing is known yet";
  resolver_.error = {};

  used_by_ = {.workloads = 1, .pods = 1};
  scan_it();
  clock_.advance(minutes(10));
  resolver_.error = [] { throw reconcilers::LeftAlone("left alone", 429, {}, std::chrono::seconds(2)); };
  reconcile_and_fail();
  EXPECT_EQ(condition(crds::kReady), "True Scanned");
  EXPECT_THAT(api_.writes(), IsEmpty());
}

TEST_F(HeldScanTest, WhatAScannerWasAnsweredHoldsTheRegistry) {
  scanner_.on_scan = [] {
    throw scanner::ScanFailed({.reason = "RateLimited", .message = "429", .retry_after = std::chrono::seconds(17)});
  };
  reconcile_and_fail();
  EXPECT_EQ(condition(crds::kScanned), "False RateLimited");
  EXPECT_THAT(resolver_.throttled, ElementsAre(Pair("registry:5000", std::chrono::seconds(17))));
  EXPECT_THAT(resolver_.avoided, IsEmpty());
}

TEST_F(HeldScanTest, OfAMirrorItIsTheMirrorThatIsHeld) {
  resolver_.mirror = "mirror:5000/hub";
  scanner_.on_scan = [] { throw scanner::ScanFailed({.reason = "RateLimited", .message = "429", .retry_after = {}}); };
  reconcile_and_fail();
  EXPECT_THAT(resolver_.throttled, ElementsAre(Pair("mirror:5000", std::nullopt)));
  EXPECT_THAT(resolver_.avoided, ElementsAre(HasSubstr("mirror:5000/hub")));
}

TEST_F(HeldScanTest, OtherFailuresHoldNobody) {
  scanner_.on_scan = [] { throw scanner::ScanFailed({.reason = "NotFound", .message = "404", .retry_after = {}}); };
  reconcile_and_fail();
  EXPECT_THAT(resolver_.throttled, IsEmpty());
}

}  // namespace
}  // namespace tests
