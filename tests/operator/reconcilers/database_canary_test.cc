// A new advisory database against what runs: real databases, real policies, and the status that a person reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/digest.h"
#include "base/error.h"
#include "crds/object_names.h"
#include "operator/reconcilers/database_trial.h"
#include "operator/reconcilers/report_building.h"
#include "operator/reconcilers/vulnerability_database_reconciler.h"
#include "tests/operator/support/advisory_files.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"
#include "tests/operator/support/rules.h"
#include "tests/operator/support/told_events.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kHarmless = R"({"schema_version":"1.6.0","id":"GHSA-aaaa-aaaa-aaaa","aliases":["CVE-2026-1"],
  "modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"PyPI","name":"requests"},
  "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.0"}]}]}],
  "database_specific":{"severity":"CRITICAL"}})";
constexpr const char* kHitsRequests2 = R"({"schema_version":"1.6.0","id":"GHSA-bbbb-bbbb-bbbb","aliases":["CVE-2026-2"],
  "modified":"2026-01-02T00:00:00Z","affected":[{"package":{"ecosystem":"PyPI","name":"requests"},
  "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"3.0"}]}]}],
  "database_specific":{"severity":"CRITICAL"}})";

class CanaryTest : public testing::Test {
 protected:
  CanaryTest() {
    put_policy("Deny");
    api_.put(tests::kNamespaceType, {{"metadata", {{"name", "shop"}}}});
    set_canary(10);
    files_.add("harmless", kHarmless);
    files_.build(clock_);
    poll();
    for (int i = 0; i < 4; ++i) run("app-" + std::to_string(i), "3.1");
    run("web", "2.9");
  }

  void put_policy(const char* mode) {
    api_.put(crds::kClusterScanPolicy,
             {{"metadata", {{"name", "default"}, {"generation", 1}}},
              {"spec", {{"mode", mode}, {"rules", {{{"name", "high"}, {"severityAtLeast", "High"}}}}}}});
    feed();
  }
  void set_canary(std::optional<int> percent, const json& annotations = json::object()) {
    const std::optional<json> known = api_.get(crds::kVulnerabilityDatabase, kKey);
    json object = known ? *known : json{{"metadata", {{"name", "default"}}}};
    object["metadata"]["annotations"] = annotations;
    object["spec"] = percent ? json{{"canary", {{"maxNewDenialsPercent", *percent}}}} : json::object();
    api_.put(crds::kVulnerabilityDatabase, object);
  }
  // A Deployment in "shop" whose image holds this version of requests, scanned with the database that is active.
  void run(const std::string& name, const std::string& version) {
    const std::string reference = "registry:5000/" + name + ":1";
    const base::Digest digest = base::Digest::of(name);
    scanner::Inventory inventory;
    inventory.digest = digest.text();
    inventory.platform = "linux/amd64";
    inventory.complete = true;
    scanner::Package package;
    package.type = "pypi";
    package.name = "requests";
    package.version = version;
    package.purl = "pkg:pypi/requests@" + version;
    inventory.packages = {package};
    api_.put(crds::kImageReport, build_report(inventory, matching_.match(inventory)));
    const base::ImageReference parsed = base::parse_image_reference(reference);
    api_.put(crds::kImageScan, {{"metadata", {{"name", crds::image_scan_name(parsed)}, {"namespace", "shop"}}},
                                {"spec", {{"image", reference}}},
                                {"status",
                                 {{"image", reference},
                                  {"digest", digest.text()},
                                  {"resolvedAt", base::format_rfc3339(clock_.system_now())},
                                  {"platforms",
                                   {{{"platform", "linux/amd64"},
                                     {"digest", digest.text()},
                                     {"report", crds::image_report_name(digest)}}}}}}});
    const auto workload = std::make_shared<WorkloadImages>(
        WorkloadImages{.ns = "shop",
                       .kind = "Deployment",
                       .name = name,
                       .used = std::make_shared<const UsedImages>(
                           UsedImages{.images = {{.container = "main", .image = reference, .digest = {}}}})});
    uses_.change(nullptr, workload.get());
    workloads_.push_back(workload);
    feed();
  }
  void feed() {
    rules_.feed(api_);
    api_.feed(scans_, crds::kImageScan);
    api_.feed(reports_, crds::kImageReport);
  }
  void new_database(const char* name, const char* advisory) {
    clock_.advance(std::chrono::minutes(1));  // tags that were resolved so long ago still count
    files_.add(name, advisory);
    files_.build(clock_);
    poll();
  }
  void poll() { poll(*database_); }
  void poll(VulnerabilityDatabaseReconciler& database) {
    try {
      static_cast<void>(database.reconcile({}, {}));
    } catch (const base::Error& error) {
      database.report_failure(error);
    }
  }
  // As after a restart of the operator: what is on disk and in the cluster stays.
  void restart() {
    matching_.replace(nullptr);
    changes_ = 0;
    database_ = make_database();
  }
  std::unique_ptr<VulnerabilityDatabaseReconciler> make_database() {
    return std::make_unique<VulnerabilityDatabaseReconciler>(
        DatabaseFiles{.path = files_.database(), .keys = files_.keys(), .installed = files_.installed()},
        VulnerabilityDatabaseReconciler::Surroundings{
            .api = api_,
            .matching = matching_,
            .clock = clock_,
            .metrics = metrics_,
            .events = events_,
            .on_change = [this] { ++changes_; },
            .try_out =
                [this](const auto& candidate, const std::stop_token& stop) {
                  ++trials_;
                  return try_database({.running = {.judges = rules_.judges(),
                                                   .scans = scans_,
                                                   .uses = uses_,
                                                   .workloads = [this] { return workloads_; }},
                                       .reports = reports_},
                                      candidate, clock_.system_now(), stop);
                }});
  }
  crds::VulnerabilityDatabaseStatus status() {
    return api_.at(crds::kVulnerabilityDatabase, kKey).get<crds::VulnerabilityDatabase>().status;
  }
  std::string held() {
    const crds::VulnerabilityDatabaseStatus now = status();
    const kubernetes::Condition* found = kubernetes::find_condition(now.conditions, "Held");
    return found == nullptr ? "absent" : found->status + " " + found->reason + " " + found->message;
  }
  std::uint64_t active() { return *matching_.generation(); }

  const kubernetes::ObjectKey kKey{.ns = {}, .name = "default"};
  tests::AdvisoryFiles files_{"canary"};
  tests::MemoryApi api_;
  tests::FakeClock clock_;
  tests::ToldEvents events_;
  net::Metrics metrics_;
  AdvisoryMatching matching_;
  int changes_ = 0;
  int trials_ = 0;
  tests::Rules rules_{clock_};
  kubernetes::Store<crds::ImageScan> scans_{tests::decode_object<crds::ImageScan>};
  kubernetes::Store<crds::ImageReport> reports_{tests::decode_object<crds::ImageReport>};
  ImageUses uses_;
  std::vector<std::shared_ptr<const WorkloadImages>> workloads_;
  std::unique_ptr<VulnerabilityDatabaseReconciler> database_ = make_database();
};

TEST_F(CanaryTest, TheFirstDatabaseHasNothingToBeComparedWith) {
  EXPECT_EQ(trials_, 0);
  EXPECT_THAT(held(), HasSubstr("False Current"));
}

TEST_F(CanaryTest, AGenerationThatDeniesTooMuchIsHeldAndTheOldOneDecidesOn) {
  const std::uint64_t before = active();
  api_.forget_writes();

  new_database("hits", kHitsRequests2);

  EXPECT_EQ(active(), before);
  EXPECT_EQ(changes_, 1) << "no report is matched with it";
  EXPECT_THAT(held(), HasSubstr("True CanaryFailed"));
  EXPECT_THAT(held(), HasSubstr("would newly deny 1 of 5 running workloads, more than 10 %; "));
  EXPECT_THAT(held(), HasSubstr("it would deny shop/Deployment/web "
                                "(ClusterScanPolicy/default, rule high: CVE-2026-2 in requests 2.9)"));
  EXPECT_THAT(held(), HasSubstr("pratique.dev/accept-generation=" + std::to_string(status().trial->generation)));
  EXPECT_GT(status().trial->generation, static_cast<std::int64_t>(before));
  EXPECT_EQ(status().trial->new_denials, 1);
  EXPECT_EQ(status().trial->workloads, 5);
  ASSERT_EQ(status().trial->denied.size(), 1u);
  EXPECT_EQ(status().trial->denied[0].name, "web");
  EXPECT_EQ(status().active_generation, static_cast<std::int64_t>(before));
}

TEST_F(CanaryTest, WhatStaysWithinTheLimitPassesAndIsTold) {
  set_canary(20);
  const std::uint64_t before = active();

  new_database("hits", kHitsRequests2);

  EXPECT_GT(active(), before);
  EXPECT_EQ(status().trial->new_denials, 1);
  EXPECT_THAT(held(), HasSubstr("False Current"));
}

TEST_F(CanaryTest, WithoutALimitNothingIsTried) {
  set_canary(std::nullopt);
  new_database("hits", kHitsRequests2);
  EXPECT_EQ(trials_, 0);
  EXPECT_EQ(changes_, 2);
}

// Nothing is denied in Audit, before or after.
TEST_F(CanaryTest, APolicyThatDeniesNothingHoldsNothing) {
  put_policy("Audit");
  set_canary(0);
  new_database("hits", kHitsRequests2);
  EXPECT_EQ(changes_, 2);
}

// What a person says to it counts at once.
TEST_F(CanaryTest, IsReleasedByAHigherLimitOrByAWord) {
  new_database("hits", kHitsRequests2);
  const std::string generation = std::to_string(status().trial->generation);

  set_canary(10, {{"pratique.dev/accept-generation", "1"}});
  poll();
  EXPECT_THAT(held(), HasSubstr("CanaryFailed")) << "another generation was accepted";
  set_canary(10, {{"pratique.dev/accept-generation", generation}});
  poll();
  EXPECT_EQ(std::to_string(active()), generation);

  restart();
  poll();
  EXPECT_EQ(std::to_string(active()), generation);
}

TEST_F(CanaryTest, IsReleasedByAHigherLimit) {
  new_database("hits", kHitsRequests2);
  set_canary(50);
  poll();
  EXPECT_THAT(held(), HasSubstr("False Current"));
}

// It is not matched again every five seconds, but what runs may have been mended meanwhile.
TEST_F(CanaryTest, IsTriedAgainAfterAWhile) {
  new_database("hits", kHitsRequests2);
  const int trials = trials_;
  api_.forget_writes();
  poll();
  poll();
  EXPECT_EQ(trials_, trials);
  EXPECT_THAT(api_.writes(), testing::IsEmpty());

  workloads_.pop_back();
  clock_.advance(std::chrono::minutes(5));
  poll();
  EXPECT_THAT(held(), HasSubstr("False Current"));
  EXPECT_EQ(status().trial->new_denials, 0);
}

TEST_F(CanaryTest, ANewerFileTakesTheCandidatesPlace) {
  new_database("hits", kHitsRequests2);
  const std::int64_t first = status().trial->generation;
  new_database("hits", kHarmless);  // withdrawn
  EXPECT_THAT(held(), HasSubstr("False Current"));
  EXPECT_GT(status().active_generation, first);
}

// Whoever puts the old file back has taken the new one away.
TEST_F(CanaryTest, AFileThatIsTakenBackIsHeldNoLonger) {
  const std::uint64_t before = active();
  const std::string kept = files_.database() + ".kept";
  std::filesystem::rename(files_.database(), kept);
  new_database("hits", kHitsRequests2);
  ASSERT_THAT(held(), HasSubstr("CanaryFailed"));

  std::filesystem::rename(kept, files_.database());
  poll();
  EXPECT_THAT(held(), HasSubstr("False Current"));
  set_canary(100);
  clock_.advance(std::chrono::minutes(5));
  poll();
  EXPECT_EQ(active(), before) << "it is not there any more";
}

// What was in the way for a moment does not stay in the condition.
TEST_F(CanaryTest, ATroubleThatIsOverIsToldNoLonger) {
  database_->report_failure(base::ConfigError("fetching the database: 503"));
  ASSERT_THAT(held(), HasSubstr("FileRefused fetching"));
  poll();
  EXPECT_THAT(held(), HasSubstr("False Current"));

  new_database("hits", kHitsRequests2);
  database_->report_failure(base::ConfigError("fetching the database: 503"));
  poll();
  EXPECT_THAT(held(), HasSubstr("CanaryFailed"));
}

// The operator that starts while a generation is held has the old one on its disk.
TEST_F(CanaryTest, TheOldOneDecidesOnAfterARestart) {
  const std::uint64_t before = active();
  new_database("hits", kHitsRequests2);

  restart();
  poll();

  EXPECT_EQ(active(), before);
  EXPECT_EQ(changes_, 1);
  EXPECT_THAT(held(), HasSubstr("CanaryFailed"));
}

// What nobody can fetch again: the reports that it made are there, and decide on.
TEST_F(CanaryTest, OnAnotherMachineWhatWasHeldStaysHeld) {
  const std::uint64_t before = active();
  new_database("hits", kHitsRequests2);
  std::filesystem::remove_all(files_.installed());
  restart();
  poll();
  EXPECT_EQ(matching_.generation(), std::nullopt);
  EXPECT_EQ(changes_, 0) << "no report is matched with it";
  EXPECT_THAT(held(), HasSubstr("True CanaryFailed"));
  EXPECT_THAT(held(), HasSubstr("would newly deny 1 of 5 running workloads"));
  EXPECT_EQ(status().active_generation, static_cast<std::int64_t>(before)) << "whose reports decide";

  set_canary(10, {{"pratique.dev/accept-generation", std::to_string(status().trial->generation)}});
  poll();
  EXPECT_GT(active(), before);
}

TEST_F(CanaryTest, OnAnotherMachineWhatDecidedDecidesOnAndOneThatDeniesNothingPasses) {
  const std::uint64_t before = active();
  std::filesystem::remove_all(files_.installed());
  restart();
  poll();
  EXPECT_EQ(active(), before) << "it is the file still";
  EXPECT_EQ(trials_, 0);

  std::filesystem::remove_all(files_.installed());
  restart();
  new_database("harmless", kHarmless);
  EXPECT_GT(active(), before);
  EXPECT_EQ(status().trial->new_denials, 0);
}

TEST_F(CanaryTest, ARestartWithoutItsSourceGoesOnWithWhatItHad) {
  const std::uint64_t before = active();
  std::filesystem::remove(files_.database());
  restart();
  poll();
  EXPECT_EQ(active(), before);
  EXPECT_THAT(held(), HasSubstr("there is no file"));
}

// After a loss of power, say.
TEST_F(CanaryTest, WhatIsDamagedOnDiskIsNotTakenUp) {
  const std::string installed = scanner::advisories::find_installed(files_.installed(), active());
  std::filesystem::remove(files_.database());
  std::filesystem::resize_file(installed, std::filesystem::file_size(installed) / 2);
  restart();
  poll();
  EXPECT_FALSE(matching_.generation().has_value());
  files_.build(clock_);
  poll();
  EXPECT_TRUE(matching_.generation().has_value()) << "one failure, and the next look goes on";
}

TEST(DatabaseTrial, TheLimitIsAShareOfWhatRuns) {
  EXPECT_FALSE(exceeds({.workloads = 0, .new_denials = 0}, 0));
  EXPECT_TRUE(exceeds({.workloads = 1000, .new_denials = 1}, 0));
  EXPECT_FALSE(exceeds({.workloads = 100, .new_denials = 5}, 5));
  EXPECT_TRUE(exceeds({.workloads = 100, .new_denials = 6}, 5));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
