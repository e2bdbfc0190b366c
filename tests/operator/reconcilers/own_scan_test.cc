// A person who asks for a scan gets one of this cluster's own scanners, whatever other clusters have attached.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crds/object_names.h"
#include "tests/operator/support/image_scan_fixture.h"

namespace tests {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kAsked = "2026-01-31T08:00:00Z";

class OwnScanTest : public ImageScanReconcilerTest {
 protected:
  OwnScanTest() {
    attestations_.are_there = true;
    make_scan();
    reconcile();
  }
  [[nodiscard]] crds::ImageReportSpec report() {
    return reports_.get({.ns = {}, .name = crds::image_report_name(kDigest)})->spec;
  }
  [[nodiscard]] bool is_our_own() { return report().warnings.empty(); }
};

TEST_F(OwnScanTest, WithoutAWordWhatAnotherClusterFoundIsTaken) {
  EXPECT_THAT(scanner_.requests, IsEmpty());
  EXPECT_FALSE(is_our_own());
  EXPECT_EQ(report().attached_sboms, std::nullopt) << "so that nobody attaches it as their own";
}

TEST_F(OwnScanTest, APersonsWordIsObeyedOnce) {
  request_rescan(kAsked);
  reconcile();
  EXPECT_THAT(scanner_.requests, SizeIs(1));
  EXPECT_TRUE(is_our_own());
  EXPECT_EQ(report().attached_sboms, false);
  EXPECT_EQ(status().rescan_handled, kAsked);
  reconcile();
  EXPECT_THAT(scanner_.requests, SizeIs(1));
  EXPECT_EQ(attestations_.taken, 1) << "the one of before";
}

TEST_F(OwnScanTest, WhatAnEventAsksForIsAResolutionAlone) {
  request_resolution(kAsked);
  reconcile();
  EXPECT_THAT(resolver_.requests, SizeIs(2));
  EXPECT_THAT(scanner_.requests, IsEmpty());
  EXPECT_FALSE(is_our_own());
}

TEST_F(OwnScanTest, AnEventAfterAPersonsWordTakesAttestationsAgain) {
  request_rescan(kAsked);
  reconcile();
  request_resolution("2026-01-31T09:00:00Z");
  resolver_.digest = kNewDigest;
  reconcile();
  EXPECT_THAT(scanner_.requests, SizeIs(1));
  EXPECT_EQ(attestations_.taken, 2);
}

// Neither a failure nor another leader forgets what was asked for.
TEST_F(OwnScanTest, AFailedScanIsNotMadeGoodByAnAttestation) {
  request_rescan(kAsked);
  scanner_.on_scan = [] { throw base::NetworkError("no scanner"); };
  reconcile_and_fail();
  EXPECT_EQ(condition(crds::kScanned), "False ScannerUnavailable");
  scanner_.on_scan = {};

  reconcilers::ImageScanReconciler next_leader(surroundings());
  api_.feed(reports_, crds::kImageReport);
  static_cast<void>(next_leader.reconcile(kWeb, {}));
  api_.feed(reports_, crds::kImageReport);
  EXPECT_TRUE(is_our_own());
  EXPECT_EQ(attestations_.taken, 1);
}

TEST_F(OwnScanTest, OnlyItsOwnScansAreMetered) {
  EXPECT_EQ(meter_.of("registry:5000"), reconcilers::Metered{});
  request_rescan(kAsked);
  scanner_.on_scan = [this] { clock_.advance(std::chrono::milliseconds(1'200)); };
  reconcile();
  const reconcilers::Metered metered = meter_.of("registry:5000");
  EXPECT_EQ(metered.total, (reconcilers::ScanCost{.scans = 1, .bytes = 1234, .seconds = 2}));
  EXPECT_EQ(metered.by_namespace.at("shop"), metered.total);
}

TEST_F(OwnScanTest, WhoseWordItWasIsRemembered) {
  EXPECT_EQ(report().attestation_key, attestations_.key);
  match_report();
  reconcile();
  EXPECT_EQ(report().attestation_key, attestations_.key) << "whatever it is matched with";
  EXPECT_EQ(status().platforms.front().attestation_key, attestations_.key);
}

TEST_F(OwnScanTest, WhatAKeySignedThatIsNotTrustedAnyMoreIsScannedAnew) {
  match_report();
  reconcile();
  accepted_keys_.clear();
  attestations_.are_there = false;
  reconcile();
  EXPECT_THAT(scanner_.requests, SizeIs(1));
  EXPECT_TRUE(is_our_own());
  EXPECT_EQ(report().attestation_key, "");
  match_report();
  reconcile();
  EXPECT_EQ(status().platforms.front().attestation_key, "");
  EXPECT_THAT(scanner_.requests, SizeIs(1)) << "once";
}

// An operator before this one kept the first fifty warnings, whichever they were.
TEST_F(OwnScanTest, TheKeyDecidesWhereTheWarningWasCut) {
  match_report();
  reconcile();
  nlohmann::json old = api_.at(crds::kImageReport, {.ns = {}, .name = crds::image_report_name(kDigest)});
  old["spec"].erase("warnings");
  api_.put(crds::kImageReport, old);
  api_.feed(reports_, crds::kImageReport);
  accepted_keys_.clear();
  attestations_.are_there = false;
  reconcile();
  EXPECT_THAT(scanner_.requests, SizeIs(1));
  EXPECT_EQ(report().attestation_key, "");
}

TEST_F(OwnScanTest, AnotherTrustedKeysWordWillDo) {
  attestations_.key = "sha256:" + std::string(64, 'b');
  accepted_keys_ = {attestations_.key};
  reconcile();
  EXPECT_THAT(scanner_.requests, IsEmpty());
  EXPECT_EQ(report().attestation_key, attestations_.key);
}

TEST_F(OwnScanTest, AReportThatDoesNotSayWhoseWordItIsIsMadeAgain) {
  nlohmann::json old = api_.at(crds::kImageReport, {.ns = {}, .name = crds::image_report_name(kDigest)});
  old["spec"].erase("attestationKey");
  api_.put(crds::kImageReport, old);
  api_.feed(reports_, crds::kImageReport);
  accepted_keys_ = {attestations_.key};
  reconcile();
  EXPECT_EQ(attestations_.taken, 2);
  EXPECT_EQ(report().attestation_key, attestations_.key);
}

TEST_F(OwnScanTest, AReportOfOurOwnNeedsNoOther) {
  request_rescan(kAsked);
  reconcile();
  request_rescan("2026-01-31T09:00:00Z");
  reconcile();
  EXPECT_THAT(scanner_.requests, SizeIs(1)) << "the same bytes tell the same";
}

}  // namespace
}  // namespace tests
