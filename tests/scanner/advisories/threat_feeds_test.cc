// The feeds about what attackers do: CISA's catalogue and EPSS, from files into the database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "base/error.h"
#include "scanner/advisories/feed.h"
#include "tests/scanner/advisories/database_fixture.h"
#include "tests/scanner/advisories/feed_result.h"

namespace scanner::advisories {
namespace {

using testing::HasSubstr;

constexpr std::string_view kKev = R"({"catalogVersion": "2025.08.25", "dateReleased": "2025-08-25T17:04:19.9796Z",
  "count": 2, "vulnerabilities": [
  {"cveID": "CVE-2021-44228", "dateAdded": "2021-12-10", "knownRansomwareCampaignUse": "Known"},
  {"cveID": "CVE-2025-48384", "dateAdded": "2025-08-25", "knownRansomwareCampaignUse": "Unknown"}]})";
constexpr std::string_view kEpss =
    "#model_version:v2026.06.15,score_date:2026-09-29T12:00:22Z\r\ncve,epss,percentile\r\n"
    "CVE-2021-44228,0.94358,0.99961\r\nCVE-1999-0001,0.00042,0.1\n";

using tests::FeedResult;
using tests::read_feed;

class ThreatFeeds : public testing::Test {
 protected:
  // What reading this as that feed says.
  std::string error_of(std::string_view format, std::string_view content) {
    fixture.write("broken", content);
    return tests::feed_error(format, fixture.path("broken"));
  }
  tests::DatabaseFixture fixture;
};

TEST_F(ThreatFeeds, KevTellsSinceWhenAndWhetherByRansomware) {
  fixture.write("kev.json", kKev);
  const FeedResult kev = read_feed("kev", fixture.path("kev.json"));
  EXPECT_EQ(kev.threats.at("CVE-2021-44228"), (Threat{.exploited_since = "2021-12-10", .ransomware = true}));
  EXPECT_EQ(kev.threats.at("CVE-2025-48384"), (Threat{.exploited_since = "2025-08-25"}));
  EXPECT_EQ(kev.summary.records, 2U);
  EXPECT_EQ(kev.summary.newest, "2025-08-25T17:04:19.9796Z");
}

TEST_F(ThreatFeeds, WhatIsNoCatalogueIsRefusedByNameAndEntry) {
  EXPECT_THAT(error_of("kev", "{}"), HasSubstr("broken: not a KEV catalogue"));
  EXPECT_THAT(error_of("kev", "[]"), HasSubstr("broken"));
  EXPECT_THAT(error_of("kev", R"({"vulnerabilities": [{"cveID": "CVE-1", "dateAdded": "2021-12-10"}, {}]})"),
              HasSubstr("entry 2 has no cveID"));
  EXPECT_THAT(error_of("kev", R"({"vulnerabilities": [{"cveID": "CVE-1", "dateAdded": "soon"}]})"),
              HasSubstr("entry 1"));
}

TEST_F(ThreatFeeds, EpssScoresAreRounded) {
  fixture.write("epss.csv", kEpss);
  const FeedResult epss = read_feed("epss", fixture.path("epss.csv"));
  EXPECT_EQ(epss.threats.at("CVE-2021-44228"), (Threat{.epss = "0.944", .epss_percentile = "1.00"}));
  EXPECT_EQ(epss.threats.at("CVE-1999-0001"), (Threat{.epss = "0.000", .epss_percentile = "0.10"}));
  EXPECT_EQ(epss.summary.records, 2U);
  EXPECT_EQ(epss.summary.newest, "2026-09-29T12:00:22Z");
}

TEST_F(ThreatFeeds, EpssIsReadPackedAsItIsPublished) {
  fixture.write("epss.csv", kEpss);
  ASSERT_EQ(std::system(("gzip -k " + fixture.path("epss.csv")).c_str()), 0);
  EXPECT_EQ(read_feed("epss", fixture.path("epss.csv.gz")).threats.size(), 2U);
  const auto size = std::filesystem::file_size(fixture.path("epss.csv.gz"));
  for (std::uintmax_t left = 1; left < size; ++left) {
    std::filesystem::resize_file(fixture.path("epss.csv.gz"), size - left);
    EXPECT_THROW(static_cast<void>(read_feed("epss", fixture.path("epss.csv.gz"))), base::ParseError) << left;
  }
}

TEST_F(ThreatFeeds, WhatIsNoTableOfScoresIsRefusedByItsLine) {
  EXPECT_THAT(error_of("epss", ""), HasSubstr("it is empty"));
  EXPECT_THAT(error_of("epss", "cve,epss\n"), HasSubstr("broken:1: not EPSS scores"));
  for (const char* line : {"CVE-1", "CVE-1,0.5", ",0.5,0.5", "CVE-1,1.5,0.5", "CVE-1,-0.1,0.5", "CVE-1,nan,0.5",
                           "CVE-1,0.5,", "CVE-1,0.5x,0.5"}) {
    EXPECT_THAT(error_of("epss", "cve,epss,percentile\n" + std::string(line) + "\n"), HasSubstr("broken:2: ")) << line;
  }
  EXPECT_THAT(error_of("epss", "cve,epss,percentile\n" + std::string(100'000, 'x')), HasSubstr("a line of more than"));
}

TEST(MergeThreat, KeepsTheWorseOfEach) {
  Threat threat{.exploited_since = "2022-01-01", .epss = "0.100", .epss_percentile = "0.50"};
  merge_threat(threat, {});
  merge_threat(threat, {.exploited_since = "2021-12-10", .ransomware = true});
  merge_threat(threat, {.exploited_since = "2023-01-01", .epss = "0.050", .epss_percentile = "0.20"});
  EXPECT_EQ(threat,
            (Threat{.exploited_since = "2021-12-10", .ransomware = true, .epss = "0.100", .epss_percentile = "0.50"}));
}

TEST_F(ThreatFeeds, TheDatabaseAnswersByCve) {
  fixture.write("kev.json", kKev);
  fixture.write("epss.csv", kEpss);
  static_cast<void>(fixture.build({"epss:epss.csv", "kev:kev.json"}));
  const auto database = fixture.open();
  EXPECT_EQ(database->threat_of("CVE-2021-44228"),
            (Threat{.exploited_since = "2021-12-10", .ransomware = true, .epss = "0.944", .epss_percentile = "1.00"}));
  EXPECT_EQ(database->threat_of("CVE-2025-48384").epss, "");
  EXPECT_EQ(database->threat_of("CVE-2000-1"), Threat{});
  EXPECT_EQ(database->info().sources[1].newest, "2025-08-25T17:04:19.9796Z");
}

}  // namespace
}  // namespace scanner::advisories
