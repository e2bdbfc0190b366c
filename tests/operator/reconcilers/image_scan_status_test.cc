#include "operator/reconcilers/image_scan_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/operator/support/fake_clock.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::ReportRow;
using crds::Severity;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr base::SystemTime kNow = tests::FakeClock::kStart;
const std::string kDigest = "sha256:" + std::string(64, 'a');
const std::string kOther = "sha256:" + std::string(64, 'b');

ReportRow row(const std::string& id, Severity severity, const std::string& package = "openssl",
              const std::string& fixed = "2") {
  ReportRow row;
  row.id = id;
  row.package_type = "deb";
  row.package = package;
  row.installed = "1";
  row.fixed = fixed;
  row.severity = severity;
  return row;
}

PlatformResult platform(std::vector<ReportRow> rows, const std::string& name = "linux/amd64") {
  PlatformResult result;
  result.platform = {.platform = name, .digest = kDigest, .report = "sha256-" + std::string(64, 'a')};
  result.distribution = {.name = "debian", .version = "12", .end_of_life = {}};
  result.packages = 100;
  result.complete = true;
  result.database_generation = 7;
  result.rows = std::move(rows);
  return result;
}

ScanResult result_of(std::vector<PlatformResult> platforms) {
  return {.platforms = std::move(platforms),
          .excepted = {},
          .policy = {.status = "True", .reason = "Passed", .message = "passed"}};
}

crds::ImageScan scan() {
  crds::ImageScan scan;
  scan.metadata.name = "web";
  scan.metadata.generation = 3;
  return scan;
}

std::string status_of(const crds::ImageScanStatus& status, std::string_view type) {
  const kubernetes::Condition* condition = kubernetes::find_condition(status.conditions, type);
  return condition == nullptr ? "absent" : condition->status + " " + condition->reason;
}

crds::ImageScanStatus resolved() {
  crds::ImageScanStatus status = begin_status(scan(), kNow);
  set_resolved(status, {.image = "registry:5000/web:1", .digest = kDigest, .platforms = {platform({}).platform}}, kNow);
  return status;
}

TEST(BeginStatus, HasEveryConditionFromTheFirstWrite) {
  const crds::ImageScanStatus status = begin_status(scan(), kNow);

  EXPECT_EQ(status.observed_generation, 3);
  for (const auto type :
       {crds::kResolved, crds::kScanned, crds::kComplete, crds::kPolicyPassed, crds::kReady, crds::kStalled}) {
    EXPECT_EQ(status_of(status, type), "Unknown Pending") << type;
    EXPECT_EQ(kubernetes::find_condition(status.conditions, type)->observed_generation, 3) << type;
  }
}

TEST(BeginStatus, KeepsWhatIsKnownAndObservesTheNewGeneration) {
  crds::ImageScan known = scan();
  known.status = resolved();
  known.metadata.generation = 4;

  const crds::ImageScanStatus status = begin_status(known, kNow + std::chrono::hours(1));

  EXPECT_EQ(status.digest, kDigest);
  EXPECT_EQ(status.observed_generation, 4);
  EXPECT_EQ(kubernetes::find_condition(status.conditions, crds::kResolved)->observed_generation, 4);
  EXPECT_EQ(kubernetes::find_condition(status.conditions, crds::kResolved)->last_transition_time,
            base::format_rfc3339(kNow));
}

TEST(SetResolved, IsNotReadyYet) {
  const crds::ImageScanStatus status = resolved();

  EXPECT_EQ(status_of(status, crds::kResolved), "True Resolved");
  EXPECT_EQ(status_of(status, crds::kScanned), "Unknown Pending");
  EXPECT_EQ(status_of(status, crds::kReady), "Unknown Pending");
  EXPECT_EQ(status.resolved_at, "2026-01-31T08:00:00Z");
}

TEST(SetResolved, NamesTheMirrorsThatToldAndThatServe) {
  struct Row {
    std::string told_by;
    std::string read_in;
    std::string said;
  };
  const std::string base = "registry:5000/web:1 is " + std::string(kDigest);
  for (const Row& row :
       {Row{"", "", base}, Row{"one", "one", base + ", as its mirror one says"},
        Row{"one", "two", base + ", as its mirror one says, read in its mirror two"},
        Row{"one", "", base + ", as its mirror one says"}, Row{"", "two", base + ", read in its mirror two"}}) {
    crds::ImageScanStatus status = begin_status(scan(), kNow);
    set_resolved(status,
                 {.image = "registry:5000/web:1",
                  .digest = kDigest,
                  .platforms = {},
                  .told_by = row.told_by,
                  .read_in = row.read_in},
                 kNow);
    EXPECT_EQ(kubernetes::find_condition(status.conditions, crds::kResolved)->message, row.said);
  }
}

TEST(SetResolved, ForgetsTheResultOfAnotherDigest) {
  crds::ImageScanStatus status = resolved();
  set_scanned(status, result_of({platform({row("CVE-1", Severity::kCritical)})}), kNow);
  ASSERT_EQ(status.counts->critical, 1);

  set_resolved(status, {.image = status.image, .digest = kOther, .platforms = {}}, kNow);

  EXPECT_FALSE(status.counts.has_value());
  EXPECT_THAT(status.worst, IsEmpty());
  EXPECT_FALSE(status.complete.has_value());
  EXPECT_EQ(status_of(status, crds::kScanned), "Unknown Pending");
  EXPECT_EQ(status_of(status, crds::kPolicyPassed), "Unknown Pending");
  EXPECT_EQ(status_of(status, crds::kReady), "Unknown Pending");
}

TEST(SetResolved, KeepsTheResultOfTheSameDigest) {
  crds::ImageScanStatus status = resolved();
  set_scanned(status, result_of({platform({row("CVE-1", Severity::kCritical)})}), kNow);

  set_resolved(status, {.image = status.image, .digest = kDigest, .platforms = status.platforms},
               kNow + std::chrono::minutes(5));

  EXPECT_EQ(status.counts->critical, 1);
  EXPECT_EQ(status_of(status, crds::kScanned), "True Scanned");
  EXPECT_EQ(status.resolved_at, "2026-01-31T08:05:00Z");
}

TEST(SetScanned, CountsAndSummarises) {
  crds::ImageScanStatus status = resolved();
  ReportRow exploited = row("CVE-4", Severity::kMedium, "zlib");
  exploited.exploited_since = "2021-12-10";

  set_scanned(status,
              result_of({platform({row("CVE-1", Severity::kCritical), row("CVE-2", Severity::kHigh, "curl", ""),
                                   row("CVE-3", Severity::kLow), exploited, row("CVE-5", Severity::kUnknown)})}),
              kNow);

  const crds::SeverityCounts wanted{
      .critical = 1, .high = 1, .medium = 1, .low = 1, .unknown = 1, .fixable = 4, .exploited = 1, .excepted = 0};
  EXPECT_EQ(*status.counts, wanted);
  EXPECT_EQ(status.database_generation, 7);
  EXPECT_EQ(status.packages, 100);
  EXPECT_EQ(status.distribution.name, "debian");
  EXPECT_EQ(status_of(status, crds::kScanned), "True Scanned");
  EXPECT_EQ(status_of(status, crds::kComplete), "True Complete");
  EXPECT_EQ(status_of(status, crds::kPolicyPassed), "True Passed");
  EXPECT_EQ(status_of(status, crds::kReady), "True Scanned");
  EXPECT_THAT(kubernetes::find_condition(status.conditions, crds::kReady)->message, HasSubstr("1 critical, 1 high"));
}

TEST(SetScanned, ListsTheWorstTenAndLeavesOutTheExcepted) {
  crds::ImageScanStatus status = resolved();
  std::vector<ReportRow> rows;
  for (int i = 0; i < 15; ++i) {
    rows.push_back(row("CVE-" + std::to_string(i), i == 14 ? Severity::kCritical : Severity::kHigh));
  }
  ScanResult result = result_of({platform(rows)});
  result.excepted = [](const ReportRow& one, const std::string&) { return one.id == "CVE-0"; };

  set_scanned(status, result, kNow);

  ASSERT_EQ(status.worst.size(), 10u);
  EXPECT_EQ(status.worst.front().id, "CVE-14");
  for (const crds::WorstFinding& finding : status.worst) {
    EXPECT_NE(finding.id, "CVE-0");
  }
  EXPECT_EQ(status.counts->excepted, 1);
  EXPECT_EQ(status.counts->high, 13);
}

TEST(SetScanned, CountsOnceWhatIsOnSeveralPlatforms) {
  crds::ImageScanStatus status = resolved();
  ScanResult result = result_of(
      {platform({row("CVE-1", Severity::kHigh)}), platform({row("CVE-1", Severity::kCritical)}, "linux/arm64")});

  set_scanned(status, result, kNow);

  EXPECT_EQ(status.counts->critical, 1);
  EXPECT_EQ(status.counts->high, 0);
  EXPECT_EQ(status.packages, 200);
  EXPECT_EQ(status.platforms.size(), 2u);
}

TEST(SetScanned, IsExceptedOnlyWhereEveryPlatformIs) {
  crds::ImageScanStatus status = resolved();
  PlatformResult second = platform({row("CVE-1", Severity::kHigh)}, "linux/arm64");
  second.platform.digest = kOther;
  ScanResult result = result_of({platform({row("CVE-1", Severity::kHigh)}), second});
  result.excepted = [](const ReportRow&, const std::string& digest) { return digest == kDigest; };

  set_scanned(status, result, kNow);

  EXPECT_EQ(status.counts->high, 1);
  EXPECT_EQ(status.counts->excepted, 0);
}

TEST(SetScanned, SaysWhatWasNotLookedAt) {
  crds::ImageScanStatus status = resolved();
  PlatformResult incomplete = platform({});
  incomplete.complete = false;
  incomplete.warnings = {"1 x A (a)", "1 x B (b)", "1 x C (c)", "1 x D (d)"};

  set_scanned(status, result_of({incomplete}), kNow);

  EXPECT_EQ(status.complete, false);
  EXPECT_EQ(status_of(status, crds::kComplete), "False Incomplete");
  EXPECT_EQ(status_of(status, crds::kReady), "True ScannedIncompletely");
  const std::string& message = kubernetes::find_condition(status.conditions, crds::kComplete)->message;
  EXPECT_THAT(message, HasSubstr("1 x A (a); 1 x B (b); 1 x C (c) and more"));
}

TEST(SetScanned, TellsTheCoverageOfThePlatformThatHasTheLowest) {
  crds::ImageScanStatus status = resolved();
  PlatformResult one = platform({});
  PlatformResult other = platform({}, "linux/arm64");
  one.coverage = 90;
  other.coverage = 70;
  set_scanned(status, result_of({one, other}), kNow);
  EXPECT_EQ(status.coverage, 70);
  other.coverage.reset();
  set_scanned(status, result_of({one, other}), kNow);
  EXPECT_EQ(status.coverage, std::nullopt) << "of one it is not known";
}

TEST(SetScanned, PlansTheUpgradesThatClearMost) {
  crds::ImageScanStatus status = resolved();

  set_scanned(
      status,
      result_of({platform({row("CVE-1", Severity::kHigh, "curl"), row("CVE-2", Severity::kHigh, "curl"),
                           row("CVE-3", Severity::kCritical, "zlib"), row("CVE-4", Severity::kHigh, "tar", "")})}),
      kNow);

  ASSERT_EQ(status.fix_plan.size(), 2u);
  EXPECT_EQ(status.fix_plan[0], (crds::Upgrade{.package = "zlib", .from = "1", .to = "2", .clears = 1}));
  EXPECT_EQ(status.fix_plan[1], (crds::Upgrade{.package = "curl", .from = "1", .to = "2", .clears = 2}));
}

TEST(SetScanned, IsAsFreshAsItsStalestPlatform) {
  crds::ImageScanStatus status = resolved();
  PlatformResult older = platform({}, "linux/arm64");
  older.database_generation = 5;

  set_scanned(status, result_of({platform({}), older}), kNow);

  EXPECT_EQ(status.database_generation, 5);
}

TEST(SetScanned, SaysTheSameTwice) {
  crds::ImageScanStatus status = resolved();
  set_scanned(status, result_of({platform({row("CVE-1", Severity::kHigh)})}), kNow);
  crds::ImageScanStatus again = status;

  set_scanned(again, result_of({platform({row("CVE-1", Severity::kHigh)})}), kNow + std::chrono::hours(1));

  EXPECT_EQ(again, status);
}

struct FailureRow {
  const char* name;
  ScanStep step;
  Remedy remedy;
  std::string resolved;
  std::string scanned;
  std::string stalled;
};

class SetFailed : public testing::TestWithParam<FailureRow> {};

TEST_P(SetFailed, TellsWhichStep) {
  crds::ImageScanStatus status = resolved();

  set_failed(status, GetParam().step,
             {.reason = "Why", .message = "because", .remedy = GetParam().remedy, .retry_after = {}}, kNow);

  EXPECT_EQ(status_of(status, crds::kResolved), GetParam().resolved);
  EXPECT_EQ(status_of(status, crds::kScanned), GetParam().scanned);
  EXPECT_EQ(status_of(status, crds::kReady), "False Why");
  EXPECT_EQ(status_of(status, crds::kStalled), GetParam().stalled);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, SetFailed,
    testing::Values(
        FailureRow{"read", ScanStep::kRead, Remedy::kIntervene, "False Why", "Unknown Pending", "True Why"},
        FailureRow{"resolve", ScanStep::kResolve, Remedy::kRetry, "False Why", "Unknown Pending", "False Why"},
        FailureRow{"scan", ScanStep::kScan, Remedy::kRetry, "True Resolved", "False Why", "False Why"},
        FailureRow{"scan_for_good", ScanStep::kScan, Remedy::kIntervene, "True Resolved", "False Why", "True Why"},
        FailureRow{"store", ScanStep::kStore, Remedy::kRetry, "True Resolved", "False Why", "False Why"}),
    [](const auto& row) { return std::string(row.param.name); });

// The condition costs an ImageScan nothing that no cap has ever met.
TEST(SetListed, SpeaksOnlyWhereACapWasReached) {
  crds::ImageScanStatus status = resolved();

  set_listed(status, std::nullopt, kNow);
  set_listed(status, 0, kNow);
  EXPECT_EQ(status_of(status, crds::kFindingsListed), "absent");

  set_listed(status, 31, kNow);
  EXPECT_EQ(status_of(status, crds::kFindingsListed), "False CapReached");
  EXPECT_THAT(kubernetes::find_condition(status.conditions, crds::kFindingsListed)->message,
              HasSubstr("31 of its findings"));

  set_listed(status, std::nullopt, kNow);
  EXPECT_EQ(status_of(status, crds::kFindingsListed), "False CapReached") << "a new leader does not know yet";
  set_listed(status, 0, kNow);
  EXPECT_EQ(status_of(status, crds::kFindingsListed), "True AllListed");
}

TEST(SetSuspended, SaysSo) {
  crds::ImageScanStatus status = resolved();
  status.next_scan_time = "2026-01-31T09:00:00Z";

  set_suspended(status, kNow);

  EXPECT_EQ(status_of(status, crds::kStalled), "True Suspended");
  EXPECT_THAT(status.next_scan_time, IsEmpty());
}

}  // namespace
}  // namespace pratique_operator::reconcilers
