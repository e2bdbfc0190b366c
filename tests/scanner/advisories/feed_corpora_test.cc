// Vendors' own documents, as they were published.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/scanner/advisories/feed_result.h"
#include "tests/support/shared_data.h"

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using tests::FeedResult;
using tests::read_feed;

const Advisory* find(const FeedResult& feed, std::string_view id, std::string_view ecosystem,
                     std::string_view package) {
  const auto found = std::ranges::find_if(feed.advisories, [&](const Advisory& advisory) {
    return advisory.id == id && advisory.ecosystem == ecosystem && advisory.package == package;
  });
  return found == feed.advisories.end() ? nullptr : &*found;
}

TEST(FeedCorpora, PhotonsOvalIsReadWhole) {
  REQUIRE_SHARED_DATA(file, "data/corpora/claircore/photon/testdata/com.vmware.phsa-photon3.xml");
  const FeedResult feed = read_feed("patch-oval", file);
  EXPECT_THAT(feed.ecosystems, ElementsAre("rpm:photon:3"));
  EXPECT_THAT(feed.notes, IsEmpty());
  const Advisory* sqlite = find(feed, "CVE-2019-16168", "rpm:photon:3", "sqlite-libs");
  ASSERT_NE(sqlite, nullptr);
  EXPECT_THAT(sqlite->intervals, ElementsAre(Interval{"", "3.27.2-5.ph3", ""}));
  EXPECT_THAT(sqlite->ratings, ElementsAre(Rating{"photon", Severity::kHigh, ""}));
}

TEST(FeedCorpora, RedHatsVexTellsFixedAndNotAffected) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/claircore/rhel/vex/testdata");
  const FeedResult curl = read_feed("csaf-vex", folder / "cve-2023-38545.json");
  const Advisory* fixed = find(curl, "CVE-2023-38545", "rpm:rhel:9", "libcurl-minimal");
  ASSERT_NE(fixed, nullptr);
  EXPECT_EQ(fixed->status, Status::kAffected);
  EXPECT_THAT(fixed->intervals, testing::Contains(Interval{"", "7.76.1-26.el9_3.2", ""}));
  const Advisory* unaffected = find(curl, "CVE-2023-38545", "rpm:rhel:8", "libcurl-minimal");
  ASSERT_NE(unaffected, nullptr);
  EXPECT_EQ(unaffected->status, Status::kNotAffected);

  const FeedResult samba = read_feed("csaf-vex", folder / "cve-2023-4154.json");
  EXPECT_THAT(samba.advisories, testing::Each(testing::Field(&Advisory::status, Status::kNotAffected)));
  EXPECT_GE(samba.advisories.size(), 100U);

  EXPECT_THAT(read_feed("csaf-vex", folder / "delete_CVE-2023-0031.json").advisories, IsEmpty());
}

TEST(FeedCorpora, RedHatsVexNamesComponentsWithoutPackages) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/claircore/rhel/vex/testdata");
  const FeedResult snakeyaml = read_feed("csaf-vex", folder / "cve-2022-38752.json");
  const Advisory* affected = find(snakeyaml, "CVE-2022-38752", "rpm:rhel:7:source", "snakeyaml");
  ASSERT_NE(affected, nullptr);
  EXPECT_EQ(affected->status, Status::kAffected);
  EXPECT_EQ(affected->justification, "Out of support scope");
}

TEST(FeedCorpora, RedHatsVexDocumentsAreAllReadOrRefusedByName) {
  REQUIRE_SHARED_DATA(folder, "data/corpora/claircore/rhel/vex/testdata");
  for (const char* name : {"cve-2022-38752.json", "cve-2023-38545.json", "cve-2023-42670.json", "cve-2023-4154.json",
                           "cve-2024-24786-bad-rpmmod.json", "cve-2024-24786-illegal-module.json"}) {
    EXPECT_EQ(read_feed("csaf-vex", folder / name).summary.records, 1U) << name;
  }
}

// RLSA-2022:5250 and RLSA-2022:4582, as a file of 2023 and one of 2024 tell them.
TEST(FeedCorpora, RockysOvalIsReadWhole) {
  REQUIRE_SHARED_DATA(with_versions, "data/feeds/rocky/org.rockylinux.rlsa-8-2023-10.xml.zst");
  REQUIRE_SHARED_DATA(without, "data/feeds/rocky/org.rockylinux.rlsa-9-2024-12.xml.zst");
  struct Row {
    const std::filesystem::path& file;
    std::uint64_t notices;
    std::size_t issues;
    const char* libxml2;
    std::size_t notes;
  } const rows[] = {{with_versions, 64, 209, "2.9.13-1.el9_0.1", 0}, {without, 175, 422, "2.9.13-3.el9_1", 1}};
  for (const Row& row : rows) {
    const FeedResult feed = read_feed("patch-oval", row.file);
    EXPECT_THAT(feed.ecosystems, ElementsAre("rpm:rocky:9")) << "whatever the file is called";
    EXPECT_EQ(feed.summary.records, row.notices);
    EXPECT_THAT(feed.notes, SizeIs(row.notes)) << row.file;
    std::set<std::string> issues;
    for (const Advisory& advisory : feed.advisories) issues.insert(advisory.id);
    EXPECT_THAT(issues, SizeIs(row.issues));
    const Advisory* gzip = find(feed, "CVE-2022-1271", "rpm:rocky:9", "gzip");
    ASSERT_NE(gzip, nullptr);
    EXPECT_THAT(gzip->aliases, ElementsAre("RLSA-2022:4582"));
    EXPECT_THAT(gzip->intervals, ElementsAre(Interval{"", "1.10-9.el9_0", ""}));
    EXPECT_EQ(gzip->fix_date, "2022-05-17T00:00:00Z");
    const Advisory* libxml2 = find(feed, "CVE-2022-29824", "rpm:rocky:9", "libxml2");
    ASSERT_NE(libxml2, nullptr);
    EXPECT_THAT(libxml2->intervals, ElementsAre(Interval{"", row.libxml2, ""}));
  }
}

TEST(FeedCorpora, NvdsOwnEntriesAreRated) {
  REQUIRE_SHARED_DATA(file, "data/corpora/claircore/enricher/cvss/testdata/feed.json");
  const FeedResult feed = read_feed("nvd", file);
  EXPECT_EQ(feed.summary.records, 3U);
  EXPECT_THAT(feed.ratings.at("CVE-2016-2781"),
              UnorderedElementsAre(Rating{"nvd", Severity::kMedium, "CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:C/C:N/I:H/A:N"},
                                   Rating{"cisa", Severity::kMedium, "CVSS:3.1/AV:L/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N"},
                                   Rating{"nvd", Severity::kLow, "AV:L/AC:L/Au:N/C:N/I:P/A:N"}));
}

}  // namespace
}  // namespace scanner::advisories
