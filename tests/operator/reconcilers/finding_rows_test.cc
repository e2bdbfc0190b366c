#include "operator/reconcilers/finding_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/operator/support/fake_clock.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::FindingState;
using crds::ReportRow;
using crds::Severity;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr base::SystemTime kNow = tests::FakeClock::kStart;

ReportRow row(const std::string& id, Severity severity, const std::string& package = "openssl") {
  ReportRow row;
  row.id = id;
  row.package_type = "deb";
  row.package = package;
  row.installed = "1.0";
  row.fixed = "2.0";
  row.severity = severity;
  row.purls = {"pkg:deb/debian/" + package + "@1.0"};
  return row;
}

NamespaceImage image(const std::string& name, std::vector<ReportRow> rows) {
  return {.reference = "registry:5000/" + name,
          .digest = "sha256:" + name,
          .workloads = {},
          .rows = std::make_shared<const std::vector<ReportRow>>(std::move(rows))};
}

DesiredRows rows_of(const std::vector<NamespaceImage>& images, const RowJudges& judges = {},
                    RowSettings settings = {}) {
  return desired_rows("shop", images, {}, judges, settings, kNow);
}

KnownRows known_from(const DesiredRows& desired) {
  KnownRows known;
  for (crds::Finding finding : desired.rows) {
    finding.metadata.resource_version = "1";
    known.emplace(finding.metadata.name, known_row(finding));
  }
  return known;
}

TEST(DesiredRows, IsOneRowForEachVulnerabilityInASourcePackage) {
  const DesiredRows desired =
      rows_of({image("web", {row("CVE-1", Severity::kHigh), row("CVE-1", Severity::kHigh, "curl")}),
               image("api", {row("CVE-1", Severity::kHigh)})});

  ASSERT_EQ(desired.rows.size(), 2u);
  const auto& openssl = desired.rows[desired.rows[0].spec.package.name == "openssl" ? 0 : 1];
  EXPECT_EQ(openssl.spec.image_count, 2);
  EXPECT_EQ(openssl.metadata.ns, "shop");
  EXPECT_THAT(openssl.metadata.name, testing::StartsWith("cve-1-"));
  EXPECT_EQ(openssl.status->state, FindingState::kOpen);
  EXPECT_EQ(openssl.status->first_seen, "2026-01-31T08:00:00Z");
  EXPECT_EQ(openssl.metadata.labels.at("pratique.dev/severity"), "High");
  EXPECT_EQ(openssl.metadata.labels.at("pratique.dev/fixable"), "true");
  EXPECT_EQ(openssl.metadata.labels.at("pratique.dev/state"), "Open");
}

TEST(DesiredRows, LeavesOutWhatIsBelowTheMinimumUnlessExploitedOrDecisive) {
  ReportRow exploited = row("CVE-2", Severity::kLow);
  exploited.exploited_since = "2021-12-10";
  RowJudges judges;
  judges.denied_from = [](const policy::FindingFacts& one, const NamespaceImage&, base::SystemTime) {
    return one.id == "CVE-3" ? std::optional(base::SystemTime::min()) : std::nullopt;
  };

  const DesiredRows desired = rows_of({image("web", {row("CVE-1", Severity::kLow), exploited,
                                                     row("CVE-3", Severity::kLow), row("CVE-4", Severity::kMedium)})},
                                      judges);

  std::vector<std::string> ids;
  for (const crds::Finding& finding : desired.rows) {
    ids.push_back(finding.spec.vulnerability.id);
    EXPECT_EQ(finding.status->blocking, finding.spec.vulnerability.id == "CVE-3");
  }
  EXPECT_THAT(ids, UnorderedElementsAre("CVE-2", "CVE-3", "CVE-4"));
}

TEST(DesiredRows, CapsWorstFirst) {
  std::vector<ReportRow> rows;
  for (int i = 0; i < 10; ++i) {
    rows.push_back(row("CVE-" + std::to_string(i), i < 3 ? Severity::kCritical : Severity::kMedium));
  }

  const DesiredRows desired = rows_of({image("web", rows)}, {}, {.minimum_severity = Severity::kMedium, .rows_max = 3});

  ASSERT_EQ(desired.rows.size(), 3u);
  EXPECT_EQ(desired.left_out.size(), 7u);
  for (const crds::Finding& finding : desired.rows) {
    EXPECT_EQ(finding.spec.severity, Severity::kCritical);
  }
}

TEST(DesiredRows, RanksByWhatAPersonMendsFirst) {
  ReportRow exploited = row("CVE-exploited", Severity::kHigh);
  exploited.exploited_since = "2021-12-10";
  ReportRow likely = row("CVE-likely", Severity::kHigh);
  likely.epss = "0.93";
  likely.epss_percentile = "0.99";
  ReportRow unfixed = row("CVE-unfixed", Severity::kHigh);
  unfixed.fixed = "";

  const DesiredRows desired = rows_of({image(
      "web", {unfixed, row("CVE-plain", Severity::kHigh), likely, exploited, row("CVE-worst", Severity::kCritical)})});

  std::vector<std::string> ids;
  for (const crds::Finding& finding : desired.rows) {
    ids.push_back(finding.spec.vulnerability.id);
  }
  EXPECT_THAT(ids, ElementsAre("CVE-worst", "CVE-exploited", "CVE-likely", "CVE-plain", "CVE-unfixed"));
  EXPECT_EQ(desired.rows[1].spec.exploited, (crds::Exploited{.date_added = "2021-12-10", .ransomware = false}));
  EXPECT_EQ(desired.rows[2].spec.epss, (crds::Epss{.score = "0.93", .percentile = "0.99"}));
}

TEST(DesiredRows, IsExceptedOnlyWhereEveryImageIs) {
  RowJudges judges;
  judges.exception_of = [](const policy::FindingFacts& one, const NamespaceImage& in) -> std::optional<RowException> {
    if (one.id == "CVE-1" || in.reference == "registry:5000/web") {
      return RowException{.title = "FindingException/ok", .state = FindingState::kExcepted, .reason = "accepted"};
    }
    return std::nullopt;
  };
  const std::vector<ReportRow> both = {row("CVE-1", Severity::kHigh), row("CVE-2", Severity::kHigh)};

  const DesiredRows desired = rows_of({image("web", both), image("api", both)}, judges);

  for (const crds::Finding& finding : desired.rows) {
    const bool excepted = finding.spec.vulnerability.id == "CVE-1";
    EXPECT_EQ(finding.status->state, excepted ? FindingState::kExcepted : FindingState::kOpen);
    EXPECT_EQ(finding.status->exception, excepted ? "FindingException/ok" : "");
  }
}

TEST(DesiredRows, ExceptedDoesNotBlock) {
  RowJudges judges;
  judges.exception_of = [](const policy::FindingFacts&, const NamespaceImage&) -> std::optional<RowException> {
    return RowException{.title = "FindingException/ok", .state = FindingState::kNotAffected, .reason = ""};
  };
  judges.denied_from = [](const policy::FindingFacts&, const NamespaceImage&, base::SystemTime) {
    return std::optional(base::SystemTime::min());
  };

  const DesiredRows desired = rows_of({image("web", {row("CVE-1", Severity::kHigh)})}, judges);

  EXPECT_FALSE(desired.rows.at(0).status->blocking);
  EXPECT_EQ(desired.rows.at(0).status->state, FindingState::kNotAffected);
}

TEST(DesiredRows, AGraceHasAnEndAndBlocksFromThen) {
  RowJudges judges;
  judges.denied_from = [](const policy::FindingFacts& one, const NamespaceImage&, base::SystemTime first_seen) {
    return std::optional(first_seen + std::chrono::hours(one.id == "CVE-1" ? 10 : 30));
  };
  const std::vector<NamespaceImage> images = {
      image("web", {row("CVE-1", Severity::kHigh), row("CVE-2", Severity::kLow)})};
  const DesiredRows first = rows_of(images, judges);

  ASSERT_EQ(first.rows.size(), 2u) << "a row that will be denied is shown before it is";
  EXPECT_FALSE(first.rows[0].status->blocking);
  EXPECT_EQ(first.rows[0].status->due_by, "2026-01-31T18:00:00Z");
  EXPECT_EQ(first.next_due, kNow + std::chrono::hours(10));

  const base::SystemTime later = kNow + std::chrono::hours(10);
  const DesiredRows then = desired_rows("shop", images, known_from(first), judges, {}, later);
  EXPECT_TRUE(then.rows[0].status->blocking) << "its first sight was ten hours ago";
  EXPECT_EQ(then.rows[0].status->due_by, "2026-01-31T18:00:00Z");
  EXPECT_EQ(then.next_due, kNow + std::chrono::hours(30));
  EXPECT_EQ(diff_rows(then, known_from(first), later).write.size(), 1u);
}

TEST(DesiredRows, TheImageWithTheShortestGraceCounts) {
  RowJudges judges;
  judges.denied_from = [](const policy::FindingFacts&, const NamespaceImage& where, base::SystemTime) {
    if (where.reference.find("never") != std::string::npos) return std::optional<base::SystemTime>();
    const bool soon = where.reference.find("soon") != std::string::npos;
    return std::optional(kNow + std::chrono::hours(soon ? 1 : 5));
  };
  std::vector<NamespaceImage> images;
  for (const char* name : {"never", "later", "soon"}) images.push_back(image(name, {row("CVE-1", Severity::kHigh)}));

  const DesiredRows desired = rows_of(images, judges);

  EXPECT_EQ(desired.rows.at(0).status->due_by, "2026-01-31T09:00:00Z");
  EXPECT_FALSE(desired.rows.at(0).status->blocking);
}

TEST(DesiredRows, ListsAreCappedAndCountsAreExact) {
  std::vector<NamespaceImage> images;
  for (int i = 0; i < 20; ++i) {
    images.push_back(image("web" + std::to_string(i), {row("CVE-1", Severity::kHigh)}));
    images.back().workloads = {{.kind = "Deployment", .name = "d" + std::to_string(i), .container = "c"}};
  }

  const crds::Finding finding = rows_of(images).rows.at(0);

  EXPECT_EQ(finding.spec.image_count, 20);
  EXPECT_EQ(finding.spec.workload_count, 20);
  EXPECT_LE(finding.spec.images.size(), 5u);
  EXPECT_LE(finding.spec.workloads.size(), 5u);
}

// The rest of the two kilobytes is for managedFields.
TEST(DesiredRows, ARowOfLongTextsStaysSmall) {
  ReportRow large = row("CVE-2021-44228", Severity::kCritical, "libexample-java");
  large.url = "https://security.example/" + std::string(40, 'u');
  for (int i = 0; i < 30; ++i) {
    large.aliases.push_back("GHSA-aaaa-bbbb-" + std::to_string(1000 + i));
    large.ratings.push_back(
        {.source = "s" + std::to_string(i), .severity = Severity::kHigh, .vector = "CVSS:3.1/AV:N"});
  }

  const nlohmann::json finding = rows_of({image("web", {large})}).rows.at(0);

  EXPECT_LE(finding.dump().size(), 1800u) << finding.dump(1);
}

TEST(DiffRows, WritesWhatIsNewOnly) {
  const DesiredRows first = rows_of({image("web", {row("CVE-1", Severity::kHigh)})});
  const DesiredRows second = rows_of({image("web", {row("CVE-1", Severity::kHigh), row("CVE-2", Severity::kHigh)})});

  const RowChanges changes = diff_rows(second, known_from(first), kNow + std::chrono::hours(1));

  ASSERT_EQ(changes.write.size(), 1u);
  EXPECT_EQ(changes.write[0].spec.vulnerability.id, "CVE-2");
  EXPECT_THAT(changes.fixed, IsEmpty());
  EXPECT_THAT(changes.remove, IsEmpty());
}

TEST(DiffRows, TimeAloneWritesNothing) {
  const std::vector<NamespaceImage> images = {image("web", {row("CVE-1", Severity::kHigh)})};
  const KnownRows known = known_from(rows_of(images));
  const DesiredRows later = desired_rows("shop", images, known, {}, {}, kNow + std::chrono::hours(48));

  const RowChanges changes = diff_rows(later, known, kNow + std::chrono::hours(48));

  EXPECT_THAT(changes.write, IsEmpty());
}

TEST(DiffRows, KeepsFirstSeenAndTheVersionOfAChangedRow) {
  const KnownRows known = known_from(rows_of({image("web", {row("CVE-1", Severity::kHigh)})}));
  const DesiredRows worse = desired_rows("shop", {image("web", {row("CVE-1", Severity::kCritical)})}, known, {}, {},
                                         kNow + std::chrono::hours(5));

  const RowChanges changes = diff_rows(worse, known, kNow + std::chrono::hours(5));

  ASSERT_EQ(changes.write.size(), 1u);
  EXPECT_EQ(changes.write[0].status->first_seen, "2026-01-31T08:00:00Z");
  EXPECT_EQ(changes.write[0].status->last_seen, "2026-01-31T13:00:00Z");
  EXPECT_EQ(changes.write[0].metadata.resource_version, "1");
}

TEST(DiffRows, WritesTheStatusThatACrashLeftOut) {
  const DesiredRows desired = rows_of({image("web", {row("CVE-1", Severity::kHigh)})});
  crds::Finding half = desired.rows.at(0);
  half.metadata.resource_version = "1";
  half.status.reset();

  const RowChanges changes = diff_rows(desired, {{half.metadata.name, known_row(half)}}, kNow);

  ASSERT_EQ(changes.write.size(), 1u);
  EXPECT_EQ(changes.write[0].status->first_seen, "2026-01-31T08:00:00Z");
}

TEST(DiffRows, WhatIsGoneIsFixedForADay) {
  KnownRows known = known_from(rows_of({image("web", {row("CVE-1", Severity::kHigh)})}));
  const std::string name = known.begin()->first;

  EXPECT_THAT(diff_rows({}, known, kNow).fixed, ElementsAre(name));
  EXPECT_EQ(diff_rows({}, known, kNow).next_removal, kNow + std::chrono::hours(24));

  known.begin()->second.state = FindingState::kFixed;
  known.begin()->second.resolved_at = base::format_rfc3339(kNow);
  EXPECT_THAT(diff_rows({}, known, kNow + std::chrono::hours(23)).remove, IsEmpty());
  EXPECT_THAT(diff_rows({}, known, kNow + std::chrono::hours(23)).fixed, IsEmpty());
  EXPECT_EQ(diff_rows({}, known, kNow + std::chrono::hours(23)).next_removal, kNow + std::chrono::hours(24));
  EXPECT_THAT(diff_rows({}, known, kNow + std::chrono::hours(24)).remove, ElementsAre(name));
  EXPECT_EQ(diff_rows({}, known, kNow + std::chrono::hours(24)).next_removal, std::nullopt);
}

TEST(DiffRows, AFixedRowThatComesBackIsOpenAgain) {
  const DesiredRows desired = rows_of({image("web", {row("CVE-1", Severity::kHigh)})});
  KnownRows known = known_from(desired);
  known.begin()->second.state = FindingState::kFixed;
  known.begin()->second.content_hash = "of the fixed row";

  const RowChanges changes = diff_rows(desired, known, kNow);

  ASSERT_EQ(changes.write.size(), 1u);
  EXPECT_EQ(changes.write[0].status->state, FindingState::kOpen);
}

TEST(DiffRows, WhatTheCapPushesOutIsRemovedNotFixed) {
  const std::vector<ReportRow> old_rows = {row("CVE-1", Severity::kMedium)};
  const std::vector<ReportRow> new_rows = {row("CVE-1", Severity::kMedium), row("CVE-2", Severity::kCritical)};
  const DesiredRows capped =
      rows_of({image("web", new_rows)}, {}, {.minimum_severity = Severity::kMedium, .rows_max = 1});

  const RowChanges changes = diff_rows(capped, known_from(rows_of({image("web", old_rows)})), kNow);

  EXPECT_EQ(changes.write.size(), 1u);
  EXPECT_EQ(changes.remove.size(), 1u);
  EXPECT_THAT(changes.fixed, IsEmpty());
}

TEST(DiffRows, WhatNoAdvisorySaysOfTheSameImageAnyMoreIsWithdrawn) {
  const KnownRows known = known_from(rows_of({image("web", {row("CVE-1", Severity::kHigh)})}));

  const RowChanges same = diff_rows(rows_of({image("web", {})}), known, kNow);
  EXPECT_THAT(same.withdrawn, ElementsAre(known.begin()->first));
  EXPECT_THAT(same.fixed, IsEmpty());
  EXPECT_EQ(same.next_removal, kNow + std::chrono::hours(24));

  const RowChanges rebuilt = diff_rows(rows_of({image("web-rebuilt", {})}), known, kNow);
  EXPECT_THAT(rebuilt.fixed, ElementsAre(known.begin()->first));
  EXPECT_THAT(rebuilt.withdrawn, IsEmpty());
}

// Of two images one was mended and one is as it was: had the advisory gone, the row would not be wanted by either.
TEST(DiffRows, ARowThatOneImageStillHasIsNeither) {
  const std::vector<ReportRow> rows = {row("CVE-1", Severity::kHigh)};
  const KnownRows known = known_from(rows_of({image("web", rows), image("api", rows)}));

  const RowChanges changes = diff_rows(rows_of({image("web", rows), image("api-2", {})}), known, kNow);

  EXPECT_THAT(changes.withdrawn, IsEmpty());
  EXPECT_THAT(changes.fixed, IsEmpty());
  EXPECT_EQ(changes.write.size(), 1u);
}

TEST(DiffRows, AWithdrawnRowStaysForADayAndMayComeBack) {
  const DesiredRows desired = rows_of({image("web", {row("CVE-1", Severity::kHigh)})});
  KnownRows known = known_from(desired);
  known.begin()->second.state = FindingState::kWithdrawn;
  known.begin()->second.resolved_at = base::format_rfc3339(kNow);
  known.begin()->second.content_hash = "of the withdrawn row";
  const DesiredRows without = rows_of({image("web", {})});

  EXPECT_THAT(diff_rows(without, known, kNow + std::chrono::hours(23)).withdrawn, IsEmpty());
  EXPECT_THAT(diff_rows(without, known, kNow + std::chrono::hours(24)).remove, ElementsAre(known.begin()->first));
  EXPECT_EQ(diff_rows(desired, known, kNow).write.at(0).status->state, FindingState::kOpen);
}

// It is neither mended nor withdrawn, and there is no row of it.
TEST(DiffRows, WhatFallsBelowTheMinimumIsRemoved) {
  const KnownRows known = known_from(rows_of({image("web", {row("CVE-1", Severity::kMedium)})}));
  const DesiredRows milder = desired_rows("shop", {image("web", {row("CVE-1", Severity::kLow)})}, known, {}, {}, kNow);

  const RowChanges changes = diff_rows(milder, known, kNow);

  EXPECT_THAT(changes.remove, ElementsAre(known.begin()->first));
  EXPECT_THAT(changes.fixed, IsEmpty());
  EXPECT_THAT(changes.withdrawn, IsEmpty());
  EXPECT_THAT(milder.left_out, IsEmpty()) << "the cap has left out nothing";
}

// Of these images the report of `broken` has become unreadable; the rows are as all of them left them.
RowChanges changes_without(const NamespaceImage& broken, const std::vector<NamespaceImage>& others,
                           const std::vector<NamespaceImage>& before, std::size_t rows_max = 2000) {
  const KnownRows known = known_from(rows_of(before));
  const DesiredRows desired =
      desired_rows("shop", others, known, {}, {.minimum_severity = Severity::kMedium, .rows_max = rows_max}, kNow,
                   {{.reference = broken.reference, .digest = broken.digest, .why = "damaged"}});
  return diff_rows(desired, known, kNow);
}

TEST(UnreadableImages, TheirRowsStayAndOthersChange) {
  const NamespaceImage broken = image("broken", {row("CVE-1", Severity::kHigh), row("CVE-2", Severity::kHigh)});
  const NamespaceImage web = image("web", {row("CVE-2", Severity::kHigh), row("CVE-3", Severity::kHigh)});
  const NamespaceImage mended = image("web", {row("CVE-4", Severity::kHigh)});

  const RowChanges changes = changes_without(broken, {mended}, {broken, web});

  EXPECT_EQ(changes.kept.size(), 2u) << "the one of both, too";
  EXPECT_EQ(changes.withdrawn.size(), 1u);
  EXPECT_THAT(changes.withdrawn, ElementsAre(testing::HasSubstr("cve-3")));
  ASSERT_EQ(changes.write.size(), 1u);
  EXPECT_EQ(changes.write[0].spec.vulnerability.id, "CVE-4");
  EXPECT_THAT(changes.remove, IsEmpty());
}

// Without it the row would count one image less, and may be excepted where it is not.
TEST(UnreadableImages, ARowThatOthersShareIsNotWrittenWithoutThem) {
  const NamespaceImage broken = image("broken", {row("CVE-1", Severity::kCritical)});
  const NamespaceImage web = image("web", {row("CVE-1", Severity::kMedium)});
  const RowChanges changes = changes_without(broken, {web}, {broken, web});
  EXPECT_THAT(changes.write, IsEmpty());
  EXPECT_THAT(changes.fixed, IsEmpty());
}

TEST(UnreadableImages, ARowOfMoreImagesThanItListsMayBeAboutOne) {
  std::vector<NamespaceImage> images;
  for (const char* name : {"a", "b", "c", "broken"}) images.push_back(image(name, {row("CVE-1", Severity::kHigh)}));
  EXPECT_EQ(changes_without(image("broken", {}), {}, images).kept.size(), 1u);
  EXPECT_EQ(changes_without(image("broken", {}), {}, {images[0]}).fixed.size(), 1u);
}

TEST(UnreadableImages, TheirRowsTakeTheirPlaceInTheCap) {
  const NamespaceImage broken = image("broken", {row("CVE-1", Severity::kHigh)});
  const NamespaceImage web = image("web", {row("CVE-2", Severity::kHigh), row("CVE-3", Severity::kMedium)});
  const RowChanges changes = changes_without(broken, {web}, {broken}, 2);
  ASSERT_EQ(changes.write.size(), 1u);
  EXPECT_EQ(changes.write[0].spec.vulnerability.id, "CVE-2");
  EXPECT_EQ(changes.kept.size(), 1u);
}

}  // namespace
}  // namespace pratique_operator::reconcilers
