#include "admission/row_pool.h"

#include <gtest/gtest.h>

#include "tests/admission/reviews.h"

namespace admission {
namespace {

using crds::Severity;
using testing::FedView;
using testing::kAmd64;
using testing::kArm64;
using testing::report_object;
using testing::row;

policy::FindingFacts finding(const std::string& id) {
  policy::FindingFacts facts;
  facts.id = id;
  facts.package = "openssl";
  return facts;
}

TEST(RowPool, KeepsEqualFindingsOnce) {
  RowPool pool;
  const policy::FindingFacts* first = pool.acquire(finding("CVE-1"));
  EXPECT_EQ(pool.acquire(finding("CVE-1")), first);
  EXPECT_NE(pool.acquire(finding("CVE-2")), first);
  EXPECT_EQ(pool.size(), 2U);
}

TEST(RowPool, TellsFindingsApartThatDifferInAnything) {
  RowPool pool;
  policy::FindingFacts exploited = finding("CVE-1");
  exploited.exploited = true;
  EXPECT_NE(pool.acquire(finding("CVE-1")), pool.acquire(exploited));
}

TEST(RowPool, ForgetsAFindingWithItsLastUser) {
  RowPool pool;
  const policy::FindingFacts* first = pool.acquire(finding("CVE-1"));
  const policy::FindingFacts* second = pool.acquire(finding("CVE-1"));
  pool.release({&first, 1});
  EXPECT_EQ(pool.size(), 1U);
  pool.release({&second, 1});
  EXPECT_EQ(pool.size(), 0U);
}

TEST(RowPool, ReportsShareTheirRowsAndGiveThemBack) {
  const auto pool = std::make_shared<RowPool>();
  {
    const ReportFacts one = decode_report(report_object(kAmd64, {row("CVE-1", Severity::kHigh)}), pool);
    const ReportFacts other =
        decode_report(report_object(kArm64, {row("CVE-1", Severity::kHigh), row("CVE-2", Severity::kLow)}), pool);
    EXPECT_EQ(one.manifest.findings[0], other.manifest.findings[0]);
    EXPECT_EQ(pool->size(), 2U);
  }
  EXPECT_EQ(pool->size(), 0U);
}

TEST(RowPool, AReportThatIsNotTheOneItsNameSaysIsRefused) {
  const auto pool = std::make_shared<RowPool>();
  nlohmann::json report = report_object(kAmd64, {});
  report["spec"]["digest"] = kArm64;
  EXPECT_THROW((void)decode_report(report, pool), base::ParseError);
}

}  // namespace
}  // namespace admission
