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
