#include "policy/facts.h"

#include <gtest/gtest.h>

namespace policy {
namespace {

crds::ReportRow row() {
  crds::ReportRow row;
  row.id = "CVE-1";
  row.package_type = "deb";
  row.package = "openssl";
  row.installed = "1.0";
  row.severity = crds::Severity::kHigh;
  return row;
}

TEST(FactsOf, ReadsTimesAndNumbersOfARow) {
  crds::ReportRow from = row();
  from.epss = "0.25";
  from.published = "2026-01-02T03:04:05Z";
  from.fix_date = "2026-02-02T00:00:00Z";
  const FindingFacts facts = facts_of(from);
  EXPECT_EQ(facts.epss, 0.25);
  EXPECT_EQ(facts.published, base::parse_rfc3339("2026-01-02T03:04:05Z"));
  EXPECT_EQ(facts.fix_available, base::parse_rfc3339("2026-02-02T00:00:00Z"));
}

TEST(FactsOf, WhatCannotBeReadIsNotKnown) {
  for (const char* epss : {"", "x", "0.5x"}) {
    crds::ReportRow from = row();
    from.epss = epss;
    EXPECT_EQ(facts_of(from).epss, std::nullopt) << epss;
  }
  EXPECT_EQ(facts_of(row()).published, std::nullopt);
}

TEST(FactsOf, ComputesTheScoreOfEachVector) {
  crds::ReportRow from = row();
  from.ratings = {{"nvd", crds::Severity::kCritical, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
                  {"debian", crds::Severity::kLow, ""}};
  const FindingFacts facts = facts_of(from);
  ASSERT_EQ(facts.ratings.size(), 2U);
  EXPECT_EQ(facts.ratings[0], (SourceSeverity{"nvd", crds::Severity::kCritical, 9.8}));
  EXPECT_EQ(facts.ratings[1], (SourceSeverity{"debian", crds::Severity::kLow, std::nullopt}));
}

}  // namespace
}  // namespace policy
