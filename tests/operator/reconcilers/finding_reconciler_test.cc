#include "operator/reconcilers/finding_reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crds/object_names.h"
#include "crds/report_rows.h"
#include "operator/controller/controller.h"
#include "operator/reconcilers/drift_rows.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::IsEmpty;

const base::Digest kDigest = base::Digest::of("web");

class FindingReconcilerTest : public testing::Test {
 protected:
  void put_image(const std::string& ns, const std::vector<std::string>& ids) {
    api_.put(crds::kImageScan, {{"metadata", {{"name", "web"}, {"namespace", ns}}},
                                {"spec", {{"image", "registry:5000/web:1"}}},
                                {"status",
                                 {{"image", "registry:5000/web:1"},
                                  {"digest", kDigest.text()},
                                  {"platforms",
                                   {{{"platform", "linux/amd64"},
                                     {"digest", kDigest.text()},
                                     {"report", crds::image_report_name(kDigest)}}}}}}});
    crds::ImageReport report;
    report.metadata.name = crds::image_report_name(kDigest);
    report.spec.digest = kDigest.text();
    report.spec.database_generation = 7;
    std::vector<crds::ReportRow> rows;
    for (const std::string& id : ids) {
      crds::ReportRow row;
      row.id = id;
      row.package_type = "deb";
      row.package = "openssl";
      row.severity = crds::Severity::kHigh;
      rows.push_back(row);
    }
    report.spec.vulnerabilities = crds::pack_report_rows(rows);
    api_.put(crds::kImageReport, report);
    feed();
  }
  void feed() {
    api_.feed(scans_, crds::kImageScan);
    api_.feed(reports_, crds::kImageReport);
    api_.feed(rows_, crds::kFinding);
  }
  controller::Result reconcile(const std::string& ns = "shop") {
    const controller::Result result = reconciler_.reconcile({.ns = {}, .name = ns}, {});
    feed();
    return result;
  }
  [[nodiscard]] std::vector<crds::Finding> findings() {
    std::vector<crds::Finding> all;
    for (const json& object : api_.all(crds::kFinding)) {
      all.push_back(object.get<crds::Finding>());
    }
    return all;
  }

  tests::MemoryApi api_;
  tests::FakeClock clock_;
  net::Metrics metrics_;
  RowJudges judges_;
  std::vector<RunningImage> running_;
  std::string title_ = "it breaks";
  LeftOutFindings left_out_;
  PolicyReports policy_reports_{ReportFormat::kNone, api_};
  std::vector<std::pair<std::string, std::set<std::string>>> told_;
  kubernetes::Store<crds::ImageScan> scans_{[](const json& object) { return object.get<crds::ImageScan>(); }};
  kubernetes::Store<crds::ImageReport> reports_{[](const json& object) { return object.get<crds::ImageReport>(); }};
  kubernetes::Store<KnownRow> rows_{[](const json& object) { return known_row(object.get<crds::Finding>()); }};
  FindingReconciler reconciler_{
      {.scans = scans_,
       .reports = reports_,
       .rows = rows_,
       .workloads_of =
           [](const crds::ImageScan&) {
             return std::vector<crds::FindingWorkload>{{.kind = "Deployment", .name = "web", .container = "main"}};
           },
       .labels_of = [](const crds::ImageScan&) { return std::vector<crds::Labels>(); },
       .running_of = [this](const crds::ImageScan&) { return running_; },
       .judges_of = [this](const std::string&) { return judges_; },
       .title_of = [this](const crds::Finding&) { return title_; },
       .api = api_,
       .clock = clock_,
       .metrics = metrics_,
       .left_out = left_out_,
       .policy_reports = policy_reports_,
       .on_left_out = [this](const std::string& ns,
                             const std::set<std::string>& digests) { told_.emplace_back(ns, digests); }}};
};

// What changes meanwhile waits for the next pass, and comes into it.
TEST_F(FindingReconcilerTest, ALongPassIsNotFollowedAtOnce) {
  put_image("shop", {"CVE-1"});
  judges_.denied_from = [this](const policy::FindingFacts&, const NamespaceImage&, base::SystemTime) {
    clock_.advance(std::chrono::milliseconds(200));
    return std::optional<base::SystemTime>();
  };
  static_cast<void>(reconcile());
  ASSERT_EQ(findings().size(), 1u);
  put_image("shop", {"CVE-1", "CVE-2"});

  const controller::Result resting = reconcile();
  EXPECT_EQ(findings().size(), 1u);
  ASSERT_TRUE(resting.requeue_after);
  EXPECT_GT(*resting.requeue_after, std::chrono::milliseconds(0));
  EXPECT_LE(*resting.requeue_after, std::chrono::seconds(5));

  clock_.advance(*resting.requeue_after);
  static_cast<void>(reconcile());
  EXPECT_EQ(findings().size(), 2u);
}

TEST_F(FindingReconcilerTest, WritesRowsWithTheirStatus) {
  put_image("shop", {"CVE-1", "CVE-2"});

  reconcile();

  ASSERT_EQ(findings().size(), 2u);
  for (const crds::Finding& finding : findings()) {
    EXPECT_EQ(finding.metadata.ns, "shop");
    EXPECT_EQ(finding.status->state, crds::FindingState::kOpen);
    EXPECT_EQ(finding.status->observed_generation, 1);
    EXPECT_EQ(finding.spec.workloads.at(0).name, "web");
  }
}

// Each write meets somebody else's.
TEST_F(FindingReconcilerTest, AStormOfConflictsIsRiddenOutWithLongerAndLongerPauses) {
  constexpr int kConflicts = 12;
  put_image("shop", {"CVE-1"});
  int tries = 0;
  api_.refuse([&](const std::string& line) { return line.starts_with("create findings") && ++tries <= kConflicts; },
              409, "Conflict");
  controller::Controller controller({.name = "finding", .workers = 1, .backoff = {}, .on_error = {}}, reconciler_,
                                    clock_, metrics_);
  const base::SteadyTime begun = clock_.steady_now();
  controller.enqueue({.ns = {}, .name = "shop"});

  while (findings().empty() && tries <= kConflicts) {
    clock_.advance(std::max(base::SteadyTime::duration{}, controller.next_due().value() - clock_.steady_now()));
    ASSERT_TRUE(controller.step({}));
  }

  EXPECT_EQ(tries, kConflicts + 1);
  EXPECT_EQ(findings().size(), 1u);
  EXPECT_GE(clock_.steady_now() - begun, std::chrono::milliseconds(5) * ((1 << kConflicts) - 1));
}

TEST_F(FindingReconcilerTest, WritesNothingTheSecondTime) {
  put_image("shop", {"CVE-1"});
  reconcile();
  api_.forget_writes();
  clock_.advance(std::chrono::hours(5));

  reconcile();

  EXPECT_THAT(api_.writes(), IsEmpty());
}

TEST_F(FindingReconcilerTest, TheTitleIsTheDatabasesCutAndEscaped) {
  title_ = "it \x1b breaks " + std::string(200, 't');
  put_image("shop", {"CVE-1"});

  reconcile();

  const std::string title = findings().at(0).spec.vulnerability.title;
  EXPECT_TRUE(title.starts_with("it \\u{1b} breaks ttt")) << title;
  EXPECT_LE(title.size(), 80U);
}

TEST_F(FindingReconcilerTest, AnotherTitleAloneIsNoReasonToWrite) {
  put_image("shop", {"CVE-1"});
  reconcile();
  api_.forget_writes();
  title_ = "it breaks badly";

  reconcile();

  EXPECT_THAT(api_.writes(), IsEmpty());
}

TEST_F(FindingReconcilerTest, MarksWithdrawnAndRemovesAfterADay) {
  put_image("shop", {"CVE-1", "CVE-2"});
  reconcile();
  put_image("shop", {"CVE-1"});

  const controller::Result result = reconcile();

  ASSERT_EQ(findings().size(), 2u);
  const crds::Finding withdrawn = findings()[findings()[0].spec.vulnerability.id == "CVE-2" ? 0 : 1];
  EXPECT_EQ(withdrawn.status->state, crds::FindingState::kWithdrawn);
  EXPECT_EQ(withdrawn.status->reason, "NoAdvisorySaysIt");
  EXPECT_EQ(withdrawn.status->resolved_at, "2026-01-31T08:00:00Z");
  EXPECT_EQ(withdrawn.metadata.labels.at("pratique.dev/state"), "Withdrawn");
  EXPECT_TRUE(result.requeue_after.has_value()) << "it comes back to remove the row";

  clock_.advance(std::chrono::hours(25));
  reconcile();
  EXPECT_EQ(findings().size(), 1u);
}

TEST_F(FindingReconcilerTest, WhatRunsAndWasNotJudgedIsARowUntilItEnds) {
  const std::string other = base::Digest::of("older").text();
  put_image("shop", {"CVE-1"});
  running_ = {{.pod = "web-1", .container = "main", .digest = other},
              {.pod = "web-2", .container = "main", .digest = other}};
  judges_.denied_from = [](const policy::FindingFacts&, const NamespaceImage&, base::SystemTime) {
    return std::optional(base::SystemTime::min());
  };
  reconcile();

  const auto drift = [&] {
    const std::vector<crds::Finding> all = findings();
    return *std::ranges::find(all, crds::kDigestDriftId,
                              [](const crds::Finding& one) { return one.spec.vulnerability.id; });
  };
  EXPECT_EQ(drift().spec.package.name, "registry:5000/web:1");
  EXPECT_EQ(drift().spec.installed_versions, std::vector{other});
  EXPECT_EQ(drift().spec.vulnerability.title, kDriftTitle);
  EXPECT_EQ(drift().spec.workload_count, 2);
  EXPECT_EQ(drift().status->state, crds::FindingState::kOpen);
  EXPECT_FALSE(drift().status->blocking) << "the gate knows nothing of it";

  running_.clear();
  reconcile();
  EXPECT_EQ(drift().status->state, crds::FindingState::kFixed);
}

TEST_F(FindingReconcilerTest, RowsOfANamespaceWithoutImagesBecomeFixed) {
  put_image("shop", {"CVE-1"});
  reconcile();
  static_cast<void>(api_.remove(crds::kImageScan, {.ns = "shop", .name = "web"}, {}));
  feed();

  reconcile();

  EXPECT_EQ(findings().at(0).status->state, crds::FindingState::kFixed);
}

// A leader that was frozen knows the rows of then; another one has led since.
TEST_F(FindingReconcilerTest, ARowThatAnotherWroteMeanwhileIsNeitherMarkedNorRemoved) {
  put_image("shop", {"CVE-1"});
  reconcile();
  static_cast<void>(api_.remove(crds::kImageScan, {.ns = "shop", .name = "web"}, {}));
  feed();
  const auto another_writes = [this] { api_.put(crds::kFinding, api_.all(crds::kFinding).at(0)); };

  another_writes();
  EXPECT_THROW(reconcile(), kubernetes::ApiError);
  EXPECT_EQ(findings().at(0).status->state, crds::FindingState::kOpen);
  EXPECT_EQ(findings().at(0).spec.workload_count, 1);

  feed();
  reconcile();
  EXPECT_EQ(findings().at(0).status->state, crds::FindingState::kFixed);

  clock_.advance(std::chrono::hours(24 * 365));
  another_writes();
  EXPECT_THROW(reconcile(), kubernetes::ApiError);
  EXPECT_EQ(findings().size(), 1u);
}

TEST_F(FindingReconcilerTest, OneNamespaceSaysNothingInAnother) {
  put_image("shop", {"CVE-1"});
  reconcile("other");
  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(FindingReconcilerTest, AReportThatWasNeverMatchedMakesNoRows) {
  put_image("shop", {"CVE-1"});
  json report = api_.all(crds::kImageReport).at(0);
  report["spec"].erase("databaseGeneration");
  api_.put(crds::kImageReport, report);
  feed();

  reconcile();

  EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(FindingReconcilerTest, ComesBackWhenAnExceptionEnds) {
  put_image("shop", {"CVE-1"});
  judges_.next_change = clock_.system_now() + std::chrono::minutes(3);

  EXPECT_EQ(reconcile().requeue_after, std::chrono::minutes(3));
}

std::vector<std::string> many_ids(int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) {
    ids.push_back("CVE-2026-" + std::to_string(i));
  }
  return ids;
}

TEST_F(FindingReconcilerTest, CountsWhatTheCapLeavesOut) {
  put_image("shop", many_ids(2005));

  reconcile();

  EXPECT_EQ(findings().size(), 2000u);
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("pratique_findings_left_out 5"));
}

TEST_F(FindingReconcilerTest, TellsWhichManifestsTheCapIsAbout) {
  put_image("shop", many_ids(2005));
  EXPECT_EQ(left_out_.of("shop", {kDigest.text()}), std::nullopt) << "nobody has looked yet";

  reconcile();
  reconcile();

  EXPECT_EQ(left_out_.of("shop", {kDigest.text()}), 5u);
  ASSERT_EQ(told_.size(), 1u) << "a pass that finds the same tells nobody";
  EXPECT_EQ(told_[0].first, "shop");
  EXPECT_THAT(told_[0].second, testing::ElementsAre(kDigest.text()));

  put_image("shop", {"CVE-1"});
  reconcile();

  EXPECT_EQ(left_out_.of("shop", {kDigest.text()}), 0u);
  EXPECT_EQ(told_.size(), 2u);
  EXPECT_EQ(left_out_.total(), 0u);
}

TEST_F(FindingReconcilerTest, ARowThatIsRefusedKeepsNoOtherAway) {
  put_image("shop", {"CVE-1", "CVE-2", "CVE-3"});
  api_.refuse([](const std::string& write) { return write.find("cve-2") != std::string::npos; }, 422, "Invalid");

  EXPECT_THROW(static_cast<void>(reconciler_.reconcile({.ns = {}, .name = "shop"}, {})), kubernetes::ApiError);

  EXPECT_EQ(findings().size(), 2u);
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr(R"(rows_written_total{result="refused"} 1)"));
}

TEST_F(FindingReconcilerTest, AnApiServerThatIsAwayEndsThePassAtOnce) {
  put_image("shop", {"CVE-1", "CVE-2", "CVE-3"});
  int asked = 0;
  api_.refuse([&](const std::string&) { return ++asked > 0; }, 503, "ServiceUnavailable");

  EXPECT_THROW(static_cast<void>(reconciler_.reconcile({.ns = {}, .name = "shop"}, {})), kubernetes::ApiError);

  EXPECT_EQ(asked, 1);
}

TEST_F(FindingReconcilerTest, RepairsARowWhoseWriterDied) {
  put_image("shop", {"CVE-1"});
  reconcile();
  json half = api_.all(crds::kFinding).at(0);
  half.erase("status");
  api_.put(crds::kFinding, half);
  feed();

  reconcile();

  EXPECT_EQ(findings().at(0).status->state, crds::FindingState::kOpen);
}

// The report of the namespace's first image cannot be read; a second one is fine.
class UnreadableReport : public FindingReconcilerTest {
 protected:
  UnreadableReport() {
    put_image("shop", {"CVE-1"});
    reconcile();
    good_ = api_.at(crds::kImageReport, {.ns = {}, .name = crds::image_report_name(kDigest)});
    json bad = good_;
    bad["spec"]["vulnerabilities"] = "bm8gcm93cw==";
    api_.put(crds::kImageReport, bad);
    json scan = api_.at(crds::kImageScan, {.ns = "shop", .name = "web"});
    scan["metadata"]["name"] = "other";
    scan["status"]["image"] = "registry:5000/other:1";
    const base::Digest other = base::Digest::of("other");
    scan["status"]["platforms"][0]["digest"] = other.text();
    scan["status"]["platforms"][0]["report"] = crds::image_report_name(other);
    api_.put(crds::kImageScan, scan);
    crds::ReportRow row;
    row.id = "CVE-2";
    row.package_type = "deb";
    row.package = "zlib";
    row.severity = crds::Severity::kHigh;
    crds::ImageReport report;
    report.metadata.name = crds::image_report_name(other);
    report.spec.digest = other.text();
    report.spec.database_generation = 7;
    report.spec.vulnerabilities = crds::pack_report_rows({row});
    api_.put(crds::kImageReport, report);
    feed();
  }
  [[nodiscard]] std::vector<std::string> open_ids() {
    std::vector<std::string> ids;
    for (const crds::Finding& finding : findings()) {
      if (finding.status->state == crds::FindingState::kOpen) ids.push_back(finding.spec.vulnerability.id);
    }
    return ids;
  }

  json good_;
};

TEST_F(UnreadableReport, CostsItsOwnImageAlone) {
  const json before = api_.all(crds::kFinding).at(0);

  reconcile();

  EXPECT_THAT(open_ids(), testing::UnorderedElementsAre("CVE-1", "CVE-2"));
  EXPECT_EQ(api_.at(crds::kFinding, {.ns = "shop", .name = before.at("metadata").at("name")}), before)
      << "its row is as it was";
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("pratique_reports_unreadable 1"));
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr(R"(pratique_findings_open{namespace="shop",severity="High"} 2)"));
}

TEST_F(UnreadableReport, WhenItIsMadeAnewItsRowsFollowIt) {
  reconcile();
  json mended = good_;
  mended["spec"]["vulnerabilities"] = crds::pack_report_rows({});
  api_.put(crds::kImageReport, mended);
  feed();

  reconcile();

  EXPECT_THAT(open_ids(), testing::ElementsAre("CVE-2"));
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("pratique_reports_unreadable 0"));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
