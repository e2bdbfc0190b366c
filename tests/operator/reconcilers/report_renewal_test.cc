// What an older scanner read is read again: behind all other work, and without losing what is known meanwhile.
#include <gmock/gmock.h>

#include "scanner/advisories/database.h"
#include "tests/operator/support/advisory_files.h"
#include "tests/operator/support/image_scan_fixture.h"

namespace pratique_operator::reconcilers {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::kDigest;
using tests::kNewDigest;

constexpr const char* kAdvisory = R"({"schema_version":"1.6.0","id":"GHSA-aaaa-aaaa-aaaa",
  "modified":"2026-01-01T00:00:00Z","summary":"s","affected":[{"package":{"ecosystem":"PyPI","name":"requests"},
  "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]})";

class ReportRenewalTest : public tests::ImageScanReconcilerTest {
 protected:
  ReportRenewalTest() {
    files_.add("one", kAdvisory);
    files_.build(clock_);
    matching_.replace(scanner::advisories::Database::open(files_.database()));
    // Before the upgrade.
    scanner_.version = "0.0.9";
    make_scan();
  }
  // The first pass takes the old report, the second reads again.
  controller::Result renew() {
    static_cast<void>(reconcile());
    return reconcile();
  }
  [[nodiscard]] std::string version() {
    return reports_.get({.ns = {}, .name = crds::image_report_name(kDigest)})->spec.scanner_version;
  }

  tests::AdvisoryFiles files_{"renewal"};
};

TEST_F(ReportRenewalTest, TheOldReportCountsUntilTheNewOneIsThere) {
  const controller::Result first = reconcile();

  EXPECT_EQ(condition(crds::kScanned), "True Scanned");
  EXPECT_EQ(scanner_.requests.size(), 1u);
  EXPECT_EQ(first.requeue_after, std::chrono::milliseconds(0));
  EXPECT_EQ(first.priority, controller::Priority::kBackground);

  scanner_.version = scanner::scanner_version();
  scanner_.on_scan = [&] {
    api_.feed(scans_, crds::kImageScan);
    EXPECT_EQ(condition(crds::kScanned), "True Scanned") << "while it is read again";
  };
  const controller::Result second = reconcile();

  EXPECT_EQ(version(), scanner::scanner_version());
  EXPECT_EQ(second.priority, controller::Priority::kNormal);
  EXPECT_EQ(condition(crds::kScanned), "True Scanned");
  scanner_.on_scan = {};
  EXPECT_EQ(reconcile().requeue_after, std::nullopt) << "and nothing asks for another";
  EXPECT_EQ(scanner_.requests.size(), 2u);
}

// After an upgrade everything is read again: no more of a registry at once than it allows.
TEST_F(ReportRenewalTest, WaitsForItsTurnAtTheRegistry) {
  static_cast<void>(reconcile());
  scans_at_once_ = 1;
  api_.put(crds::kImageScan, {{"metadata", {{"name", "next"}, {"namespace", "shop"}}},
                              {"spec", {{"image", "registry:5000/shop/next:1"}}}});
  api_.feed(scans_, crds::kImageScan);
  controller::Result waiting;
  scanner_.on_scan = [&] { waiting = reconciler_.reconcile(tests::kWeb, {}); };
  resolver_.digest = kNewDigest;

  static_cast<void>(reconciler_.reconcile({.ns = "shop", .name = "next"}, {}));
  scanner_.on_scan = {};

  EXPECT_EQ(waiting.requeue_after, std::chrono::seconds(5));
  EXPECT_EQ(waiting.priority, controller::Priority::kBackground);
  EXPECT_EQ(scanner_.requests.size(), 2u) << "the first scan, and that of the other image";
}

TEST_F(ReportRenewalTest, AScannerThatIsAsOldIsAskedOnceAnHour) {
  EXPECT_EQ(renew().requeue_after, std::chrono::hours(1));
  EXPECT_EQ(scanner_.requests.size(), 2u);

  clock_.advance(std::chrono::minutes(59));
  EXPECT_EQ(renew().requeue_after, std::chrono::minutes(1));
  EXPECT_EQ(scanner_.requests.size(), 2u);

  clock_.advance(std::chrono::minutes(1));
  scanner_.version = scanner::scanner_version();
  static_cast<void>(renew());
  EXPECT_EQ(version(), scanner::scanner_version());
}

TEST_F(ReportRenewalTest, AFailureCostsNobodyAnything) {
  static_cast<void>(reconcile());
  const crds::ImageScanStatus before = status();
  scanner_.on_scan = [] { throw base::NetworkError("connection refused"); };
  events_.forget();

  reconcile_and_fail();

  EXPECT_EQ(condition(crds::kScanned), "True Scanned");
  EXPECT_EQ(condition(crds::kReady), "True Scanned");
  EXPECT_EQ(status().digest, before.digest);
  ASSERT_THAT(events_.lines(), ElementsAre("Warning RenewalFailed on shop/web"));
  EXPECT_THAT(events_.all()[0].note, HasSubstr("ScannerUnavailable: connection refused"));

  events_.forget();
  static_cast<void>(reconcile());
  EXPECT_THAT(events_.lines(), IsEmpty()) << "the next pass has nothing to mend";
}

TEST_F(ReportRenewalTest, ARegistryThatIsAwayCostsNobodyAnything) {
  static_cast<void>(reconcile());
  resolver_.error = [] { throw base::HttpError("manifest unknown", 404, {}, {}); };

  reconcile_and_fail();

  EXPECT_EQ(condition(crds::kResolved), "True Resolved");
  EXPECT_THAT(events_.lines(), Contains("Warning RenewalFailed on shop/web"));
}

TEST_F(ReportRenewalTest, AnInventoryWithoutADatabaseTakesNoReportsPlace) {
  static_cast<void>(reconcile());
  matching_.replace(nullptr);
  scanner_.version = scanner::scanner_version();

  static_cast<void>(reconcile());

  EXPECT_EQ(version(), "0.0.9");
  EXPECT_EQ(condition(crds::kScanned), "True Scanned");
}

TEST_F(ReportRenewalTest, ATagThatMovedIsFollowedAllTheSame) {
  static_cast<void>(reconcile());
  resolver_.digest = kNewDigest;
  scanner_.version = scanner::scanner_version();

  static_cast<void>(reconcile());
  static_cast<void>(reconcile());

  EXPECT_EQ(status().digest, kNewDigest.text());
  EXPECT_EQ(condition(crds::kScanned), "True Scanned");
}

}  // namespace
}  // namespace pratique_operator::reconcilers
