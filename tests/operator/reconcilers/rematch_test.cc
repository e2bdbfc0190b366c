// The advisory database and what happens when it changes: the file that is watched, and reports that are matched again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "base/error.h"
#include "crds/object_names.h"
#include "operator/reconcilers/image_report_reconciler.h"
#include "operator/reconcilers/inventory_attestation.h"
#include "operator/reconcilers/report_building.h"
#include "operator/reconcilers/vulnerability_database_reconciler.h"
#include "tests/operator/support/advisory_files.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"
#include "tests/operator/support/told_events.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fs = std::filesystem;

constexpr const char* kOld = R"({"schema_version":"1.6.0","id":"GHSA-aaaa-aaaa-aaaa","aliases":["CVE-2026-1"],
  "modified":"2026-01-01T00:00:00Z","summary":"it leaks credentials","affected":[{"package":{"ecosystem":"PyPI","name":"requests"},
  "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.20.0"}]}]}],
  "database_specific":{"severity":"HIGH"}})";
constexpr const char* kNew = R"({"schema_version":"1.6.0","id":"GHSA-bbbb-bbbb-bbbb","aliases":["CVE-2026-2"],
  "modified":"2026-01-02T00:00:00Z","summary":"s","affected":[{"package":{"ecosystem":"PyPI","name":"requests"},
  "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.30.0"}]}]}],
  "database_specific":{"severity":"CRITICAL"}})";

scanner::Inventory inventory(const std::string& name, const std::string& version) {
  scanner::Inventory inventory;
  inventory.digest = base::Digest::of(name).text();
  inventory.platform = "linux/amd64";
  inventory.complete = true;
  inventory.scanner_version = PRATIQUE_VERSION;
  scanner::Package package;
  package.type = "pypi";
  package.name = "requests";
  package.version = version;
  package.purl = "pkg:pypi/requests@" + version;
  inventory.packages = {package};
  return inventory;
}

class RematchTest : public testing::Test {
 protected:
  RematchTest() {
    api_.put(crds::kVulnerabilityDatabase, {{"metadata", {{"name", "default"}}}, {"spec", json::object()}});
  }

  void add_advisory(const std::string& name, const std::string& text) { files_.add(name, text); }
  void build() { files_.build(clock_); }
  void poll() {
    try {
      static_cast<void>(database_.reconcile({}, {}));
    } catch (const base::Error& error) {
      database_.report_failure(error);
    }
  }
  [[nodiscard]] crds::VulnerabilityDatabaseStatus status() {
    return api_.at(crds::kVulnerabilityDatabase, {.ns = {}, .name = "default"})
        .get<crds::VulnerabilityDatabase>()
        .status;
  }
  [[nodiscard]] std::string condition(const char* type) {
    const auto now = status();
    const kubernetes::Condition* found = kubernetes::find_condition(now.conditions, type);
    return found == nullptr ? "absent" : found->status + " " + found->reason;
  }
  void put_report(const scanner::Inventory& of) {
    api_.put(crds::kImageReport, build_report(of, matching_.match(of)));
    api_.feed(reports_, crds::kImageReport);
  }
  crds::ImageReport rematch(const std::string& name) {
    const kubernetes::ObjectKey key{.ns = {}, .name = crds::image_report_name(base::Digest::of(name))};
    static_cast<void>(reports_reconciler_.reconcile(key, {}));
    api_.feed(reports_, crds::kImageReport);
    return *reports_.get(key);
  }

  tests::AdvisoryFiles files_{"rematch"};
  std::string path_ = files_.database();
  tests::MemoryApi api_;
  tests::FakeClock clock_;
  tests::ToldEvents events_;
  net::Metrics metrics_;
  AdvisoryMatching matching_;
  int changes_ = 0;
  kubernetes::Store<crds::ImageReport> reports_{[](const json& object) { return object.get<crds::ImageReport>(); }};
  VulnerabilityDatabaseReconciler database_{{.path = path_, .keys = files_.keys(), .installed = files_.installed()},
                                            {.api = api_,
                                             .matching = matching_,
                                             .clock = clock_,
                                             .metrics = metrics_,
                                             .events = events_,
                                             .on_change = [this] { ++changes_; }}};
  ImageReportReconciler reports_reconciler_{reports_, api_, matching_, clock_, metrics_};
};

TEST_F(RematchTest, SaysThatThereIsNoDatabase) {
  poll();

  EXPECT_EQ(condition("Ready"), "False NoDatabase");
  EXPECT_EQ(condition("Held"), "True FileRefused");
  EXPECT_FALSE(matching_.generation().has_value());
  EXPECT_EQ(changes_, 0);
}

TEST_F(RematchTest, ActivatesASignedFileOnce) {
  add_advisory("old", kOld);
  build();

  poll();
  poll();

  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(condition("Ready"), "True Active");
  EXPECT_EQ(condition("Fresh"), "True Fresh");
  EXPECT_EQ(condition("Held"), "False Current");
  EXPECT_EQ(status().advisories, 1);
  EXPECT_EQ(status().active_generation, static_cast<std::int64_t>(*matching_.generation()));
  EXPECT_EQ(status().sources.size(), 1u);
}

TEST_F(RematchTest, WritesItsStatusOnlyWhenItChanged) {
  add_advisory("old", kOld);
  build();
  poll();
  api_.forget_writes();

  poll();

  EXPECT_THAT(api_.writes(), IsEmpty());
}

TEST_F(RematchTest, ABrokenFileNeverReplacesAGoodDatabase) {
  add_advisory("old", kOld);
  build();
  poll();
  const auto generation = matching_.generation();
  const std::string good = [&] {
    std::stringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }();
  struct Row {
    const char* name;
    std::string bytes;
  };
  std::string flipped = good;
  flipped[flipped.size() / 3] ^= 1;
  for (const Row& row : {Row{"truncated", good.substr(0, good.size() / 2)}, Row{"empty", ""}, Row{"flipped", flipped},
                         Row{"grown", good + "x"}}) {
    std::ofstream(path_, std::ios::trunc) << row.bytes;

    poll();

    EXPECT_EQ(condition("Held"), "True FileRefused") << row.name;
    EXPECT_EQ(condition("Ready"), "True Active") << row.name;
    EXPECT_EQ(matching_.generation(), generation) << row.name;
    EXPECT_EQ(changes_, 1) << row.name;
  }
  fs::remove(path_);
  poll();
  EXPECT_EQ(condition("Ready"), "True Active");
  EXPECT_EQ(condition("Held"), "True FileRefused");
}

TEST_F(RematchTest, AnApiServerThatIsAwayDoesNotSpeakForTheFile) {
  add_advisory("old", kOld);
  build();
  poll();

  database_.report_failure(base::NetworkError("GET 127.0.0.1: connection refused"));

  EXPECT_EQ(condition("Held"), "False Current");
  EXPECT_EQ(condition("Ready"), "True Active");
}

TEST_F(RematchTest, AnOlderGenerationIsRefused) {
  add_advisory("old", kOld);
  build();
  const std::string older = (files_.folder() / "older.db").string();
  fs::copy_file(path_, older);
  clock_.advance(std::chrono::hours(1));
  build();
  poll();
  const auto generation = matching_.generation();
  fs::remove(path_);
  fs::copy_file(older, path_);

  poll();

  EXPECT_EQ(condition("Held"), "True FileRefused");
  EXPECT_EQ(matching_.generation(), generation);
}

TEST_F(RematchTest, TheHighWaterMarkSurvivesARestart) {
  add_advisory("old", kOld);
  build();
  json object = api_.at(crds::kVulnerabilityDatabase, {.ns = {}, .name = "default"});
  object["status"]["activeGeneration"] = std::int64_t{99'999'999'999};
  api_.put(crds::kVulnerabilityDatabase, object);

  poll();

  EXPECT_FALSE(matching_.generation().has_value());
  EXPECT_EQ(condition("Ready"), "False NoDatabase");
}

TEST_F(RematchTest, AnOldDatabaseIsNotFresh) {
  add_advisory("old", kOld);
  build();
  poll();
  clock_.advance(std::chrono::hours(49));
  poll();
  EXPECT_EQ(condition("Fresh"), "False Old");
  EXPECT_EQ(condition("Ready"), "True Active");
}

TEST_F(RematchTest, FindingsAreCalledWhatTheActiveDatabaseCallsThem) {
  crds::Finding finding;
  finding.spec.vulnerability.id = "CVE-2026-1";
  finding.spec.package = {.name = "requests", .type = "pypi", .purl = "pkg:pypi/requests@2.19.0"};
  EXPECT_EQ(matching_.title_of(finding), "") << "without a database";

  add_advisory("old", kOld);
  build();
  poll();

  EXPECT_EQ(matching_.title_of(finding), "it leaks credentials");
}

TEST_F(RematchTest, MatchesReportsThatWereNeverMatched) {
  put_report(inventory("web", "2.19.0"));
  ASSERT_FALSE(reports_.list().front().second->spec.database_generation.has_value());
  add_advisory("old", kOld);
  build();
  poll();

  const crds::ImageReport report = rematch("web");

  EXPECT_EQ(report.spec.counts.high, 1);
  EXPECT_EQ(crds::unpack_report_rows(report.spec.vulnerabilities).at(0).id, "CVE-2026-1");
  EXPECT_EQ(report.spec.database_generation, static_cast<std::int64_t>(*matching_.generation()));
}

TEST_F(RematchTest, WritesOnlyWhatTheNewDatabaseChanges) {
  add_advisory("old", kOld);
  build();
  poll();
  put_report(inventory("web", "2.25.0"));
  put_report(inventory("api", "2.32.0"));
  add_advisory("new", kNew);
  clock_.advance(std::chrono::hours(1));
  build();
  poll();
  EXPECT_EQ(changes_, 2);
  api_.forget_writes();

  EXPECT_EQ(rematch("web").spec.counts.critical, 1);
  rematch("api");

  EXPECT_EQ(api_.writes().size(), 1u);
}

TEST_F(RematchTest, WhatAnswersTheSameIsKnownByItsFingerprint) {
  add_advisory("old", kOld);
  build();
  poll();
  put_report(inventory("web", "2.19.0"));
  const crds::ImageReport before = rematch("web");
  ASSERT_FALSE(before.spec.match_fingerprint.empty());
  add_advisory("new", R"({"schema_version":"1.6.0","id":"GHSA-cccc-cccc-cccc","modified":"2026-01-02T00:00:00Z",
    "affected":[{"package":{"ecosystem":"PyPI","name":"another"},"versions":["1"]}]})");
  clock_.advance(std::chrono::seconds(10));
  build();
  poll();

  EXPECT_EQ(matching_.fingerprint(inventory("web", "2.19.0"))->fingerprint, before.spec.match_fingerprint);
  EXPECT_EQ(rematch("web"), before);
  EXPECT_THAT(metrics_.expose(), HasSubstr(R"(pratique_rematches_total{result="unchanged"} 1)"));
}

TEST_F(RematchTest, AReportOfBeforeFingerprintsIsMadeAgainOnlyWhenItsRowsDiffer) {
  add_advisory("old", kOld);
  build();
  poll();
  crds::ImageReport old = build_report(inventory("web", "2.19.0"), matching_.match(inventory("web", "2.19.0")));
  old.spec.match_fingerprint.clear();
  old.spec.database_generation = 1;
  api_.put(crds::kImageReport, old);
  api_.feed(reports_, crds::kImageReport);
  const std::size_t writes = api_.writes().size();

  EXPECT_EQ(rematch("web").spec.database_generation, 1);
  EXPECT_EQ(api_.writes().size(), writes);
}

TEST_F(RematchTest, AReportMatchedAgainIsTheOneThatAScanWouldMake) {
  add_advisory("another", R"({"schema_version":"1.6.0","id":"GHSA-cccc-cccc-cccc","modified":"2026-01-02T00:00:00Z",
    "affected":[{"package":{"ecosystem":"PyPI","name":"another"},"versions":["1"]}]})");
  build();
  poll();
  const scanner::Inventory of = inventory("web", "2.19.0");
  const crds::ImageReport bare = build_report(of, matching_.match(of));
  add_advisory("old", kOld);
  add_advisory("new", kNew);
  clock_.advance(std::chrono::seconds(10));
  build();
  poll();

  const std::optional<Matched> matched = matching_.match(of);
  ASSERT_TRUE(matched);
  EXPECT_EQ(matched->result.vulnerabilities.size(), 2u);
  EXPECT_EQ(matched_again(bare, of, *matched), build_report(of, matched));
}

TEST_F(RematchTest, GoesThroughTheWorstFirst) {
  add_advisory("old", kOld);
  build();
  poll();
  put_report(inventory("clean", "3.0.0"));
  put_report(inventory("bad", "2.19.0"));

  EXPECT_EQ(worst_first(reports_).front().name, crds::image_report_name(base::Digest::of("bad")));
}

TEST(BuildReport, IsTheSameForTheSameInventory) {
  const scanner::Inventory one = inventory("web", "2.19.0");
  EXPECT_EQ(build_report(one, std::nullopt), build_report(one, std::nullopt));
  EXPECT_EQ(inventory_of(build_report(one, std::nullopt).spec).packages, one.packages);
}

// More packages than a report holds.
scanner::Inventory large_inventory() {
  scanner::Inventory large = inventory("large", "1");
  for (int i = 0; i < 8'000; ++i) {
    scanner::Package package;
    package.type = "npm";
    package.name = base::sha256_hex(std::to_string(i));
    package.version = base::sha256_hex("v" + std::to_string(i)).substr(0, 12);
    package.purl = "pkg:npm/" + package.name + "@" + package.version;
    large.packages.push_back(package);
  }
  return large;
}

TEST(BuildReport, StaysBelowItsBoundAndSaysWhatItCut) {
  const scanner::Inventory large = large_inventory();

  const crds::ImageReport report = build_report(large, std::nullopt);

  EXPECT_LE(json(report).dump().size(), crds::kImageReportBytesMax);
  EXPECT_FALSE(report.spec.complete);
  EXPECT_EQ(report.spec.packages, 8'001) << "the count is exact";
  EXPECT_THAT(json(report.spec.warnings.empty() ? json() : json(report)).dump(), HasSubstr("packages were left out"));
}

TEST(BuildReport, WhoseWordItIsIsNeverCut) {
  scanner::Inventory taken = inventory("web", "2.19.0");
  for (int i = 0; i < 60; ++i)
    taken.warnings.push_back({"CorruptFile", "usr/" + std::to_string(i), "broken", 1, i < 30});
  taken.warnings.push_back(scanned_elsewhere("sha256:attested", "key"));

  const crds::ImageReport report = build_report(taken, std::nullopt);

  ASSERT_EQ(report.spec.warnings.size(), 50u);
  EXPECT_EQ(report.spec.warnings.front().reason, kScannedElsewhere);
  EXPECT_EQ(report.spec.warnings[1].path, "usr/0");
}

// Only a part of the packages is there to be matched: the report must not become complete by that.
TEST(BuildReport, WhatWasCutStaysCutWhenItIsMatchedAgain) {
  const crds::ImageReport report = build_report(large_inventory(), Matched{.generation = 1});
  const scanner::Inventory kept = inventory_of(report.spec);
  ASSERT_LT(kept.packages.size(), 8'001u);

  EXPECT_FALSE(kept.complete);
  const crds::ImageReport again = matched_again(report, kept, Matched{.generation = 2});
  EXPECT_FALSE(again.spec.complete);
  EXPECT_EQ(again.spec.packages, 8'001);
  EXPECT_EQ(again.spec.warnings, report.spec.warnings);
  EXPECT_EQ(again.spec.content_hash, report.spec.content_hash) << "nothing new: it is not written";
}

TEST(BuildReport, OnlyAWholeInventoryOfOurOwnSaysHowItWasRead) {
  const scanner::Inventory whole = inventory("web", "1");
  scanner::Inventory partial = whole;
  partial.complete = false;
  EXPECT_EQ(build_report(whole, std::nullopt, true).spec.attached_sboms, true);
  EXPECT_EQ(build_report(whole, std::nullopt, false).spec.attached_sboms, false);
  EXPECT_EQ(build_report(whole, std::nullopt).spec.attached_sboms, std::nullopt);
  EXPECT_EQ(build_report(partial, std::nullopt, true).spec.attached_sboms, std::nullopt);
  EXPECT_EQ(build_report(large_inventory(), std::nullopt, true).spec.attached_sboms, std::nullopt) << "it was cut";
  const crds::ImageReport report = build_report(whole, Matched{.generation = 1}, true);
  EXPECT_EQ(matched_again(report, whole, Matched{.generation = 2}).spec.attached_sboms, true);
}

TEST(ReadReport, ADamagedHalfIsNamedWithTheWayOut) {
  crds::ImageReportSpec spec = build_report(inventory("web", "1"), Matched{.generation = 1}).spec;
  const std::string name = "ImageReport sha256-" + spec.digest.substr(7);
  const auto expect_named = [&](const auto& read) {
    try {
      read();
      FAIL() << "it was read";
    } catch (const base::ParseError& error) {
      EXPECT_THAT(error.what(), HasSubstr(name));
      EXPECT_THAT(error.what(), HasSubstr("delete it"));
    }
  };
  spec.vulnerabilities = "%";
  spec.inventory = "bm8gcm93cw==";
  expect_named([&] { static_cast<void>(report_rows_of(spec)); });
  expect_named([&] { static_cast<void>(inventory_of(spec)); });
}

TEST(BuildReport, AnIncompleteInventoryMakesAnIncompleteReport) {
  scanner::Inventory partial = inventory("web", "1");
  partial.complete = false;
  partial.warnings = {{"Unsupported", "usr/lib/x.jar", "jars are not read yet", 2, true}};

  const PlatformResult result = platform_result(build_report(partial, std::nullopt));

  EXPECT_FALSE(result.complete);
  EXPECT_THAT(result.warnings, testing::ElementsAre("2 x Unsupported (usr/lib/x.jar: jars are not read yet)"));
  EXPECT_FALSE(result.database_generation.has_value());
}

// What a database is tried by must be what its reports would say.
TEST(BuildReport, AResultWithoutAReportSaysTheSame) {
  const scanner::Inventory one = inventory("web", "2.19.0");
  scanner::matching::Vulnerability found;
  found.id = "CVE-2026-1";
  found.package_type = "pypi";
  found.package = "requests";
  found.installed = "2.19.0";
  found.severity = scanner::advisories::Severity::kHigh;
  found.ratings = {{.source = "ghsa", .severity = found.severity, .vector = {}}};
  for (const bool incomplete : {false, true}) {
    Matched matched{.generation = 7, .result = {.vulnerabilities = {found}, .warnings = {}}};
    if (incomplete) matched.result.warnings = {{"CannotCompare", "requests", "not a version", 1, true}};
    const crds::ImageReport report = build_report(one, matched);
    PlatformResult expected = platform_result(report);
    expected.warnings.clear();  // for people alone
    EXPECT_EQ(matched_result(build_report(one, std::nullopt), one, matched), expected);
  }
}

TEST(BuildReport, AWarningOfTheMatcherMakesItIncomplete) {
  Matched matched{.generation = 7, .result = {}};
  matched.result.warnings = {{"CannotCompare", "requests", "not a version", 1, true}};

  EXPECT_FALSE(build_report(inventory("web", "1"), matched).spec.complete);
}

}  // namespace
}  // namespace pratique_operator::reconcilers
