#include "admission/kept_report.h"

#include <gtest/gtest.h>

#include "tests/admission/reviews.h"

namespace admission {
namespace {

using crds::Severity;
using testing::kAmd64;
using testing::kArm64;
using testing::report_object;
using testing::row;

base::Digest digest_of(const std::string& text) {
  return base::Digest::parse(text).value();
}

TEST(KeptReport, TellsWhatItsObjectSaysWorstFirst) {
  const auto pool = std::make_shared<RowPool>();
  const KeptReport kept =
      decode_report(report_object(kAmd64, {row("CVE-1", Severity::kLow), row("CVE-2", Severity::kHigh)}), pool);
  const policy::ManifestFacts facts = kept.facts(digest_of(kAmd64));
  EXPECT_EQ(facts.digest, kAmd64);
  EXPECT_EQ(facts.platform, "linux/amd64");
  EXPECT_TRUE(facts.complete);
  EXPECT_TRUE(facts.at_least.has_value());
  ASSERT_EQ(facts.findings.size(), 2U);
  EXPECT_EQ(facts.findings[0]->id, "CVE-2");
  EXPECT_EQ(facts.findings[1]->id, "CVE-1");
}

TEST(KeptReport, SaysWhyItIsIncomplete) {
  nlohmann::json report = report_object(kAmd64, {});
  report["spec"]["complete"] = false;
  report["spec"]["warnings"] = {{{"reason", "Unreadable"}, {"path", "app.jar"}, {"message", "cut"}}};
  const KeptReport kept = decode_report(report, std::make_shared<RowPool>());
  EXPECT_EQ(kept.facts(digest_of(kAmd64)).incomplete_because, "Unreadable app.jar: cut");
}

TEST(KeptReport, TellsHowMuchOfTheProgramsIsKnown) {
  nlohmann::json report = report_object(kAmd64, {});
  const auto coverage = [&] {
    return decode_report(report, std::make_shared<RowPool>()).facts(digest_of(kAmd64)).coverage;
  };
  EXPECT_EQ(coverage(), std::nullopt) << "of a report from before it was measured";
  for (const int percent : {0, 37, 100}) {
    report["spec"]["coverage"] = percent;
    EXPECT_EQ(coverage(), percent);
  }
  report["spec"]["coverage"] = 101;
  EXPECT_EQ(coverage(), std::nullopt) << "is no percentage";
}

TEST(KeptReport, SharesItsRowsAndGivesThemBack) {
  const auto pool = std::make_shared<RowPool>();
  {
    const KeptReport one = decode_report(report_object(kAmd64, {row("CVE-1", Severity::kHigh)}), pool);
    const KeptReport other =
        decode_report(report_object(kArm64, {row("CVE-1", Severity::kHigh), row("CVE-2", Severity::kLow)}), pool);
    EXPECT_EQ(one.facts(digest_of(kAmd64)).findings[0], other.facts(digest_of(kArm64)).findings[0]);
    EXPECT_EQ(pool->size(), 2U);
  }
  EXPECT_EQ(pool->size(), 0U);
}

TEST(KeptReport, OneThatIsNotTheOneItsNameSaysIsRefused) {
  const auto pool = std::make_shared<RowPool>();
  nlohmann::json report = report_object(kAmd64, {});
  report["spec"]["digest"] = kArm64;
  EXPECT_THROW((void)decode_report(report, pool), base::ParseError);
}

}  // namespace
}  // namespace admission
