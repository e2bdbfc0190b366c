// The feeds that rate issues whatever package has them: NVD and the CVE list, from files into the database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "tests/scanner/advisories/database_fixture.h"
#include "tests/scanner/advisories/feed_result.h"

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::FeedResult;
using tests::read_feed;

const std::string kCritical = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
const std::string kMedium = "CVSS:3.1/AV:L/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N";
const std::string kOld = "AV:L/AC:L/Au:N/C:N/I:P/A:N";
const std::string kNew = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";

std::string metric(const std::string& source, const std::string& vector) {
  return R"({"source":")" + source + R"(","type":"Primary","cvssData":{"vectorString":")" + vector + "\"}}";
}

std::string nvd(const std::string& entries) {
  return R"({"resultsPerPage":1,"format":"NVD_CVE","version":"2.0","vulnerabilities":[)" + entries + "]}";
}

std::string entry(const std::string& id, const std::string& metrics) {
  return R"({"cve":{"id":")" + id + R"(","lastModified":"2025-06-09T16:15:25.013","metrics":{)" + metrics + "}}}";
}

class IssueFeeds : public testing::Test {
 protected:
  FeedResult read(std::string_view format, const std::string& name, const std::string& content) {
    fixture.write(name, content);
    return read_feed(format, fixture.path(name));
  }
  tests::DatabaseFixture fixture;
};

TEST_F(IssueFeeds, NvdTellsWhoRatedInEachVersionOfCvss) {
  const FeedResult feed =
      read("nvd", "nvd.json",
           nvd(entry("CVE-2016-2781", R"("cvssMetricV2":[)" + metric("nvd@nist.gov", kOld) + R"(],"cvssMetricV31":[)" +
                                          metric("134c704f-9b21-4f2e-91b3-4a467353bcc0", kMedium) + "," +
                                          metric("security@example.com", kCritical) + R"(],"cvssMetricV40":[)" +
                                          metric("nvd@nist.gov", kNew) + "]") +
               "," + entry("CVE-2020-1", "")));

  EXPECT_THAT(feed.ratings.at("CVE-2016-2781"),
              ElementsAre(Rating{"nvd", Severity::kCritical, kNew}, Rating{"cisa", Severity::kMedium, kMedium},
                          Rating{"cna", Severity::kCritical, kCritical}, Rating{"nvd", Severity::kLow, kOld}));
  EXPECT_THAT(feed.ratings.at("CVE-2020-1"), IsEmpty());
  EXPECT_EQ(feed.summary.records, 2U);
  EXPECT_EQ(feed.summary.newest, "2025-06-09T16:15:25.013");
  EXPECT_THAT(feed.ecosystems, IsEmpty()) << "it speaks of no ecosystem's packages";
}

TEST_F(IssueFeeds, NvdIsReadFromFilesOfYearsPackedOrNot) {
  fixture.write("nvd/nvdcve-2.0-2016.json", nvd(entry("CVE-2016-1", "")));
  fixture.write("nvd/nvdcve-2.0-2017.json", nvd(entry("CVE-2017-1", "")));
  ASSERT_EQ(std::system(("gzip " + fixture.path("nvd/nvdcve-2.0-2017.json")).c_str()), 0);
  EXPECT_EQ(read_feed("nvd", fixture.path("nvd")).summary.records, 2U);
  EXPECT_EQ(read_feed("nvd", fixture.path("nvd/nvdcve-2.0-2017.json.gz")).summary.records, 1U);
}

TEST_F(IssueFeeds, NvdOfAnotherFormIsRefusedWithItsPlace) {
  const std::pair<std::string, const char*> rows[] = {
      {R"({"CVE_Items":[]})", "no array \"vulnerabilities\""},
      {nvd(R"({"cve":{}})"), "entry 1"},
      {nvd(entry("CVE-1", "") + ",{\"cve\":"), "entry 2"},
      {nvd("7"), "entry 1"},
  };
  for (const auto& [text, message] : rows) {
    fixture.write("broken.json", text);
    EXPECT_THAT(tests::feed_error("nvd", fixture.path("broken.json")), HasSubstr(message)) << text;
  }
}

std::string cve_record(const std::string& cna, const std::string& adp, const std::string& state = "PUBLISHED") {
  return R"({"dataType":"CVE_RECORD","cveMetadata":{"cveId":"CVE-2024-1","state":")" + state +
         R"(","dateUpdated":"2024-06-09T16:15:25Z"},"containers":{"cna":{"metrics":[)" + cna + R"(]},"adp":[)" + adp +
         "]}}";
}

TEST_F(IssueFeeds, CveRecordsTellTheAuthoritysWordAndCisas) {
  const std::string cisa =
      R"({"providerMetadata":{"shortName":"CISA-ADP"},"metrics":[{"other":{}},{"cvssV3_1":{"vectorString":")" +
      kMedium + "\"}}]}";
  const std::string other =
      R"({"providerMetadata":{"shortName":"CVE"},"metrics":[{"cvssV3_1":{"vectorString":")" + kCritical + "\"}}]}";
  const FeedResult feed =
      read("cve-list", "cve.json",
           cve_record(R"({"format":"CVSS","cvssV4_0":{"vectorString":")" + kNew + "\"}}", cisa + "," + other));
  EXPECT_THAT(feed.ratings.at("CVE-2024-1"),
              ElementsAre(Rating{"cna", Severity::kCritical, kNew}, Rating{"cisa", Severity::kMedium, kMedium}));
  EXPECT_EQ(feed.summary.newest, "2024-06-09T16:15:25Z");
}

TEST_F(IssueFeeds, ARejectedCveIsRatedByNobody) {
  const FeedResult feed = read("cve-list", "cve.json", cve_record("", "", "REJECTED"));
  EXPECT_THAT(feed.ratings, IsEmpty());
  EXPECT_EQ(feed.summary.records, 1U);
}

TEST_F(IssueFeeds, TheCveListsOwnLogsArePassedOver) {
  fixture.write("cves/2024/1xxx/CVE-2024-1.json", cve_record("", ""));
  fixture.write("cves/delta.json", "{}");
  fixture.write("cves/deltaLog.json", "[]");
  EXPECT_EQ(read_feed("cve-list", fixture.path("cves")).summary.records, 1U);
  fixture.write("other.json", "{}");
  EXPECT_THAT(tests::feed_error("cve-list", fixture.path("other.json")), HasSubstr("not a CVE record"));
}

TEST_F(IssueFeeds, TheDatabaseKeepsTheRatingsOfAllOfThem) {
  fixture.write("nvd.json", nvd(entry("CVE-2024-1", R"("cvssMetricV31":[)" + metric("nvd@nist.gov", kCritical) + "]")));
  fixture.write("cve.json", cve_record(R"({"cvssV3_1":{"vectorString":")" + kMedium + "\"}}", ""));
  static_cast<void>(fixture.build({"nvd:nvd.json", "cve-list:cve.json"}));
  const auto database = fixture.open();
  EXPECT_THAT(database->issue_ratings_of("CVE-2024-1"),
              testing::UnorderedElementsAre(Rating{"nvd", Severity::kCritical, kCritical},
                                            Rating{"cna", Severity::kMedium, kMedium}));
  EXPECT_THAT(database->issue_ratings_of("CVE-2024-2"), IsEmpty());
  EXPECT_THAT(database->ratings_of("CVE-2024-1"), IsEmpty()) << "no record of a package says so";
}

}  // namespace
}  // namespace scanner::advisories
