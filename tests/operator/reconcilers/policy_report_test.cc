#include "operator/reconcilers/policy_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "tests/operator/support/memory_api.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const kubernetes::ResourceType kReport{"openreports.io", "v1alpha1", "Report", "reports", true};
const kubernetes::ResourceType kPolicyReport{"wgpolicyk8s.io", "v1alpha2", "PolicyReport", "policyreports", true};

crds::Finding finding(const std::string& id, crds::Severity severity = crds::Severity::kHigh) {
  crds::Finding row;
  row.metadata.name = "row-of-" + id;
  row.spec.vulnerability.id = id;
  row.spec.package = {.name = "openssl", .type = "deb", .purl = "pkg:deb/debian/libssl3@3.0.1"};
  row.spec.installed_versions = {"3.0.1", "3.0.0"};
  row.spec.fixed_versions = {"3.0.4"};
  row.spec.severity = severity;
  row.spec.images = {{.digest = "sha256:1", .reference = "registry:5000/web:1", .layer = {}}};
  row.spec.image_count = 4;
  row.spec.workloads = {{.kind = "Deployment", .name = "web", .container = "main"},
                        {.kind = "CronJob", .name = "nightly", .container = "main"},
                        {.kind = "Pod", .name = "lone", .container = "main"}};
  row.spec.workload_count = 9;
  row.spec.remediation = "upgrade openssl to 3.0.4";
  row.status = crds::FindingStatus{};
  row.status->first_seen = "2026-01-02T00:00:00Z";
  return row;
}

DesiredRows rows(std::vector<crds::Finding> findings) {
  DesiredRows desired;
  desired.rows = std::move(findings);
  return desired;
}

TEST(PolicyReport, TellsAFindingInItsWords) {
  crds::Finding row = finding("CVE-1");
  row.status->due_by = "2026-02-01T00:00:00Z";
  row.spec.epss = crds::Epss{.score = "0.9", .percentile = "0.99"};
  row.spec.exploited = crds::Exploited{.date_added = "2025-01-01", .ransomware = false};

  const json report = policy_report_of(ReportFormat::kPolicyReport, "shop", rows({row}));

  EXPECT_EQ(report.at("apiVersion"), "wgpolicyk8s.io/v1alpha2");
  EXPECT_EQ(report.at("kind"), "PolicyReport");
  EXPECT_EQ(report.at("metadata").at("namespace"), "shop");
  EXPECT_FALSE(report.at("metadata").contains("annotations"));
  EXPECT_EQ(report.at("scope"), json({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"name", "shop"}}));
  ASSERT_THAT(report.at("results"), SizeIs(1));
  const json& result = report.at("results")[0];
  EXPECT_EQ(result.at("rule"), "CVE-1");
  EXPECT_EQ(result.at("severity"), "high");
  EXPECT_EQ(result.at("message"), "CVE-1 in openssl 3.0.1: upgrade openssl to 3.0.4");
  EXPECT_EQ(result.at("timestamp"), json({{"seconds", 1767312000}, {"nanos", 0}}));
  EXPECT_EQ(result.at("resources")[0],
            json({{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "web"}, {"namespace", "shop"}}));
  EXPECT_EQ(result.at("resources")[1].at("apiVersion"), "batch/v1");
  EXPECT_EQ(result.at("resources")[2].at("apiVersion"), "v1");
  EXPECT_EQ(result.at("properties"), json({{"finding", "row-of-CVE-1"},
                                           {"package", "openssl"},
                                           {"purl", "pkg:deb/debian/libssl3@3.0.1"},
                                           {"installedVersion", "3.0.1"},
                                           {"fixedVersion", "3.0.4"},
                                           {"image", "registry:5000/web:1"},
                                           {"images", "4"},
                                           {"workloads", "9"},
                                           {"epss", "0.9"},
                                           {"exploitedSince", "2025-01-01"},
                                           {"dueBy", "2026-02-01T00:00:00Z"}}));
}

TEST(PolicyReport, WhatIsDeniedFailsWhatIsOpenWarnsAndWhatDoesNotCountIsSkipped) {
  crds::Finding blocking = finding("CVE-1", crds::Severity::kCritical);
  blocking.status->blocking = true;
  crds::Finding excepted = finding("CVE-3", crds::Severity::kMedium);
  excepted.status->state = crds::FindingState::kExcepted;
  excepted.status->exception = "FindingException/later";
  crds::Finding cleared = finding("CVE-4", crds::Severity::kLow);
  cleared.status->state = crds::FindingState::kNotAffected;
  const json report = policy_report_of(ReportFormat::kOpenReports, "shop",
                                       rows({blocking, finding("CVE-2", crds::Severity::kUnknown), excepted, cleared}));

  EXPECT_EQ(report.at("apiVersion"), "openreports.io/v1alpha1");
  EXPECT_EQ(report.at("kind"), "Report");
  EXPECT_EQ(report.at("summary"), json({{"pass", 0}, {"fail", 1}, {"warn", 1}, {"error", 0}, {"skip", 2}}));
  std::vector<std::string> told;
  for (const json& result : report.at("results")) {
    told.push_back(result.at("result").get<std::string>() + " " + result.at("severity").get<std::string>());
  }
  EXPECT_THAT(told, testing::ElementsAre("fail critical", "warn info", "skip medium", "skip low"));
  EXPECT_EQ(report.at("results")[2].at("properties").at("exception"), "FindingException/later");
}

TEST(PolicyReport, IsBoundedAndCountsTheRest) {
  std::vector<crds::Finding> many;
  for (int i = 0; i < 1'500; ++i) many.push_back(finding("CVE-" + std::to_string(i)));
  DesiredRows desired = rows(many);
  desired.left_out = {"beyond the cap of rows"};
  const json report = policy_report_of(ReportFormat::kPolicyReport, "shop", desired);
  EXPECT_LE(report.at("results").size(), kPolicyResultsMax);
  EXPECT_EQ(report.at("summary").at("warn"), 1'500);
  EXPECT_EQ(report.at("metadata").at("annotations").at("pratique.dev/left-out"),
            std::to_string(1'501 - report.at("results").size()));
  EXPECT_LE(report.dump().size(), std::size_t{1} << 20);

  for (crds::Finding& row : many) row.spec.remediation.assign(20'000, 'x');
  EXPECT_LE(policy_report_of(ReportFormat::kPolicyReport, "shop", rows(many)).dump().size(), std::size_t{1} << 20);
}

TEST(PolicyReport, FormatsAreNamedByTheirGroup) {
  EXPECT_EQ(parse_report_format("none"), ReportFormat::kNone);
  EXPECT_EQ(parse_report_format("removed"), ReportFormat::kRemoved);
  EXPECT_EQ(parse_report_format("wgpolicyk8s.io"), ReportFormat::kPolicyReport);
  EXPECT_EQ(parse_report_format("openreports.io"), ReportFormat::kOpenReports);
  try {
    static_cast<void>(parse_report_format("PolicyReport"));
    ADD_FAILURE() << "taken";
  } catch (const base::ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("use none, removed, wgpolicyk8s.io (PolicyReport) or openreports.io (Report)"));
  }
}

class PolicyReportsTest : public testing::Test {
 protected:
  tests::MemoryApi api_;
  PolicyReports reports_{ReportFormat::kOpenReports, api_};
};

TEST_F(PolicyReportsTest, AreWrittenWhenTheySaySomethingNew) {
  reports_.update("shop", rows({finding("CVE-1")}));
  ASSERT_THAT(api_.all(kReport), SizeIs(1));
  const std::string first = kubernetes::resource_version_of(api_.all(kReport)[0]);

  crds::Finding seen_again = finding("CVE-1");
  seen_again.status->last_seen = "2026-03-01T00:00:00Z";
  reports_.update("shop", rows({seen_again}));
  EXPECT_EQ(kubernetes::resource_version_of(api_.all(kReport)[0]), first);

  reports_.update("shop", rows({finding("CVE-1"), finding("CVE-2")}));
  EXPECT_THAT(api_.all(kReport)[0].at("results"), SizeIs(2));
}

TEST_F(PolicyReportsTest, GoWithTheLastRow) {
  reports_.update("shop", rows({finding("CVE-1")}));
  reports_.update("shop", rows({}));
  EXPECT_THAT(api_.all(kReport), IsEmpty());
}

TEST_F(PolicyReportsTest, OfALeaderBeforeGoAsWell) {
  reports_.update("shop", rows({finding("CVE-1")}));
  PolicyReports next(ReportFormat::kOpenReports, api_);
  next.update("shop", rows({}));
  EXPECT_THAT(api_.all(kReport), IsEmpty());
}

TEST_F(PolicyReportsTest, OfTheFormatThatWasChosenBeforeGo) {
  PolicyReports before(ReportFormat::kPolicyReport, api_);
  before.update("shop", rows({finding("CVE-1")}));
  reports_.update("shop", rows({finding("CVE-1")}));
  EXPECT_THAT(api_.all(kPolicyReport), IsEmpty());
  EXPECT_THAT(api_.all(kReport), SizeIs(1));

  api_.forget_writes();
  reports_.update("shop", rows({finding("CVE-1"), finding("CVE-2")}));
  EXPECT_THAT(api_.writes(), testing::ElementsAre("apply reports/shop/pratique")) << "looked for once";
}

// The role may be of one kind alone.
TEST_F(PolicyReportsTest, AreWrittenAlsoWhereTheOtherKindMayNotBeTouched) {
  api_.refuse([](const std::string& line) { return line.find("policyreports") != std::string::npos; }, 403,
              "Forbidden");
  EXPECT_THROW(reports_.update("shop", rows({finding("CVE-1")})), kubernetes::ApiError);
  EXPECT_THAT(api_.all(kReport), SizeIs(1));
  EXPECT_NO_THROW(reports_.update("shop", rows({finding("CVE-1")})));
}

TEST_F(PolicyReportsTest, GoWhenTheyAreTurnedOff) {
  PolicyReports(ReportFormat::kPolicyReport, api_).update("shop", rows({finding("CVE-1")}));
  PolicyReports(ReportFormat::kOpenReports, api_).update("bank", rows({finding("CVE-1")}));
  PolicyReports removed(ReportFormat::kRemoved, api_);
  removed.update("shop", rows({finding("CVE-1")}));
  removed.update("bank", rows({}));
  EXPECT_THAT(api_.all(kReport), IsEmpty());
  EXPECT_THAT(api_.all(kPolicyReport), IsEmpty());

  api_.forget_writes();
  removed.update("shop", rows({finding("CVE-1"), finding("CVE-2")}));
  EXPECT_THAT(api_.writes(), IsEmpty()) << "looked for once";
}

TEST_F(PolicyReportsTest, AreNotWrittenWhereNobodyWantsThem) {
  PolicyReports none(ReportFormat::kNone, api_);
  none.update("shop", rows({finding("CVE-1")}));
  EXPECT_THAT(api_.all(kReport), IsEmpty());
}

TEST(PolicyReport, AnImageThatCannotBeReadIsAnError) {
  DesiredRows desired;
  desired.unreadable.push_back({.reference = "registry:5000/web:1", .digest = "sha256:1", .why = "it is damaged"});
  const json report = policy_report_of(ReportFormat::kPolicyReport, "shop", desired);
  EXPECT_EQ(report.at("summary").at("error"), 1);
  ASSERT_EQ(report.at("results").size(), 1u);
  EXPECT_EQ(report.at("results").at(0).at("result"), "error");
  EXPECT_EQ(report.at("results").at(0).at("message"), "it is damaged");
  EXPECT_EQ(report.at("results").at(0).at("properties").at("image"), "registry:5000/web:1");
}

}  // namespace
}  // namespace pratique_operator::reconcilers
