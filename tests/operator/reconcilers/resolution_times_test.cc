#include "operator/reconcilers/resolution_times.h"

#include <gtest/gtest.h>

#include "operator/reconcilers/report_renewals.h"
#include "scanner/report_version.h"
#include "tests/operator/support/fake_clock.h"

namespace pratique_operator::reconcilers {
namespace {

using std::chrono::seconds;

constexpr base::SystemTime kNow = tests::FakeClock::kStart;  // 2026-01-31T08:00:00Z

struct IntervalRow {
  const char* name;
  const char* image;
  const char* interval;
  std::int64_t pods;
  std::optional<seconds> expected;
};

TEST(ResolutionInterval, IsTheSpecsOrThatOfAUse) {
  const std::vector<IntervalRow> rows = {
      {"nobody asks", "web:1", "", 0, std::nullopt},
      {"the spec asks", "web:1", "12h", 0, seconds(12 * 3600)},
      {"too often", "web:1", "5s", 0, seconds(60)},
      {"in use", "web:1", "", 1, seconds(300)},
      {"in use, and the spec asks for less", "web:1", "12h", 1, seconds(300)},
      {"in use, and the spec asks for more", "web:1", "2m", 1, seconds(120)},
      {"a digest never moves", "web@sha256:aa", "12h", 1, std::nullopt},
  };
  for (const IntervalRow& row : rows) {
    crds::ImageScan scan;
    scan.spec.image = row.image;
    scan.spec.interval = row.interval;
    EXPECT_EQ(resolution_interval(scan, {.workloads = 0, .pods = row.pods}), row.expected) << row.name;
  }
}

struct RequestRow {
  const char* name;
  const char* requested_at;
  seconds resolved_after;  // since 08:00:00
  std::optional<seconds> next;
};

// A push is told before its tag can be seen.
TEST(NextResolution, ComesOnceMoreWhenATagHasSettled) {
  const std::vector<RequestRow> rows = {
      {"nobody asked", "", seconds(0), std::nullopt},
      {"asked just now", "2026-01-31T08:00:00.9Z", seconds(0), seconds(3)},
      {"asked, and looked at twice", "2026-01-31T08:00:00.9Z", seconds(3), std::nullopt},
      {"asked long ago", "2026-01-31T07:00:00Z", seconds(0), std::nullopt},
      {"asked with a word", "please", seconds(0), std::nullopt},
  };
  for (const RequestRow& row : rows) {
    crds::ImageScan scan;
    scan.spec.image = "web:1";
    scan.metadata.annotations[std::string(crds::kRescanRequestedAt)] = row.requested_at;
    const auto next = next_resolution(scan, {}, kNow + row.resolved_after);
    EXPECT_EQ(next, row.next ? std::optional(kNow + *row.next) : std::nullopt) << row.name;
  }
}

crds::ImageReport report_by(const std::string& version) {
  crds::ImageReport report;
  report.spec.digest = "sha256:aa";
  report.spec.scanner_version = version;
  return report;
}

TEST(ReportRenewals, AreOfOlderExtractorsAlone) {
  const ReportRenewals renewals;
  EXPECT_EQ(renewals.due_at(report_by("0.1.0"), kNow), kNow);
  EXPECT_EQ(renewals.due_at(report_by(scanner::scanner_version()), kNow), std::nullopt);
  EXPECT_FALSE(is_outdated(report_by("0.0.1+" + std::to_string(scanner::kExtractorsVersion + 1))))
      << "a newer scanner's, while the operator is upgraded last";
}

TEST(ReportRenewals, AreTriedOnceAnHourForEachDigest) {
  ReportRenewals renewals;
  renewals.note_try({{.platform = "linux/amd64", .digest = "sha256:aa", .report = ""}}, kNow);

  EXPECT_EQ(renewals.due_at(report_by("0.1.0"), kNow + seconds(60)), kNow + std::chrono::hours(1));
  crds::ImageReport other = report_by("0.1.0");
  other.spec.digest = "sha256:bb";
  EXPECT_EQ(renewals.due_at(other, kNow), kNow);
}

TEST(WantsOwnScan, OnlyWhereThePersonWasTheLastToAsk) {
  struct Row {
    const char* name;
    const char* rescan;
    const char* resolution;
    bool wants;
  };
  for (const Row& row :
       {Row{"nobody", "", "", false}, Row{"a person", "1", "", true}, Row{"an event", "1", "1", false},
        Row{"a person after an event", "2", "1", true}, Row{"a person took their word back", "", "1", false}}) {
    crds::ImageScan scan;
    if (*row.rescan != 0) scan.metadata.annotations[std::string(crds::kRescanRequestedAt)] = row.rescan;
    if (*row.resolution != 0) scan.metadata.annotations[std::string(crds::kResolutionRequestedAt)] = row.resolution;
    EXPECT_EQ(wants_own_scan(scan), row.wants) << row.name;
  }
}

TEST(ReportRenewals, HaveAPassOfTheirOwn) {
  ReportRenewals renewals;
  const kubernetes::ObjectKey web{.ns = "shop", .name = "web"};
  EXPECT_FALSE(renewals.take_turn(web));
  EXPECT_TRUE(renewals.take_turn(web));
  EXPECT_FALSE(renewals.take_turn(web));
  renewals.forget(web);
  EXPECT_FALSE(renewals.take_turn(web));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
