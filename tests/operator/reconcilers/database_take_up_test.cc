// An operator that takes over on a machine which never had the generation that decides: real databases in a registry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "operator/reconcilers/database_bundle.h"
#include "operator/reconcilers/vulnerability_database_reconciler.h"
#include "scanner/advisories/database_artifact.h"
#include "tests/operator/support/advisory_files.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"
#include "tests/operator/support/told_events.h"
#include "tests/support/fake_registry.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::SizeIs;

class DatabaseTakeUpTest : public testing::Test {
 protected:
  // All that an operator has of its own.
  struct Machine {
    DatabaseBundles bundles;
    AdvisoryMatching matching;
    std::unique_ptr<VulnerabilityDatabaseReconciler> database;
  };

  DatabaseTakeUpTest() {
    const json registry = {
        {"metadata", {{"name", "main"}}},
        {"spec", {{"server", registry_.host()}, {"namespace", "shop"}, {"tls", {{"plainHTTP", true}}}}}};
    registries_ = {std::make_shared<const crds::ScanRegistry>(registry.get<crds::ScanRegistry>())};
    files_.add("any", R"({"schema_version":"1.6.0","id":"GHSA-aaaa-aaaa-aaaa","modified":"2026-01-01T00:00:00Z",
      "affected":[{"package":{"ecosystem":"PyPI","name":"requests"},
      "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]})");
    describe(0);
    new_machine();
    first_ = publish();
    poll();
  }

  // Where more than this share of what runs would be denied anew, a generation is held: all of them would.
  void describe(std::optional<int> percent, const json& annotations = json::object()) {
    const std::optional<json> known = api_.get(crds::kVulnerabilityDatabase, kKey);
    json object = known ? *known : json{{"metadata", {{"name", "default"}}}};
    object["metadata"]["annotations"] = annotations;
    object["spec"] = {{"bundle", {{"oci", registry_.host() + "/team/advisories:latest"}}}};
    if (percent) object["spec"]["canary"] = {{"maxNewDenialsPercent", *percent}};
    api_.put(crds::kVulnerabilityDatabase, object);
  }
  void pin(std::uint64_t generation) {
    describe(std::nullopt, {{std::string(crds::kPinGeneration), std::to_string(generation)}});
  }
  void new_machine() {
    const std::string folder = (files_.folder() / ("machine-" + std::to_string(++machines_))).string();
    machine_.reset(
        new Machine{.bundles = DatabaseBundles(folder + "/fetched", {.api = api_,
                                                                     .clock = clock_,
                                                                     .registries = [this] { return registries_; },
                                                                     .provider_credential = {},
                                                                     .operator_namespace = "pratique-system"}),
                    .matching = {},
                    .database = {}});
    machine_->database = std::make_unique<VulnerabilityDatabaseReconciler>(
        DatabaseFiles{.path = "/nowhere", .keys = files_.keys(), .installed = folder + "/installed"},
        VulnerabilityDatabaseReconciler::Surroundings{
            .api = api_,
            .matching = machine_->matching,
            .clock = clock_,
            .metrics = metrics_,
            .events = events_,
            .on_change = [] {},
            .bundle_file = [this](const auto& bundle,
                                  const auto& stop) { return machine_->bundles.file_of(bundle, stop); },
            .try_out =
                [](const auto& candidate, const auto&) {
                  return crds::DatabaseTrial{.generation = static_cast<std::int64_t>(candidate->info().generation),
                                             .workloads = 10,
                                             .new_denials = 10};
                }});
  }
  // Under the tag that spec.bundle names.
  std::uint64_t publish() {
    clock_.advance(kBundlePoll);
    files_.build(clock_);
    registry_.add_artifact(base::read_file(files_.database(), 64 << 20),
                           std::string(scanner::advisories::kDatabaseWholeType), "latest");
    return scanner::advisories::read_signature(files_.database()).generation;
  }
  void poll() {
    try {
      static_cast<void>(machine_->database->reconcile({}, {}));
    } catch (const base::Error& error) {
      machine_->database->report_failure(error);
    }
  }
  // The registry has forgotten what this generation was fetched by.
  void lose(std::uint64_t generation) {
    for (const crds::FetchedGeneration& one : status().fetched) {
      if (one.generation != static_cast<std::int64_t>(generation)) continue;
      const std::string digest = one.bundle.substr(one.bundle.find('@') + 1);
      registry_.intercept([digest](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
        if (request.target.find(digest) == std::string::npos) return std::nullopt;
        return net::ServerResponse{.status = 404};
      });
    }
  }
  [[nodiscard]] std::optional<std::uint64_t> active() const { return machine_->matching.generation(); }
  [[nodiscard]] crds::VulnerabilityDatabaseStatus status() {
    return api_.at(crds::kVulnerabilityDatabase, kKey).get<crds::VulnerabilityDatabase>().status;
  }
  [[nodiscard]] std::string held() {
    const crds::VulnerabilityDatabaseStatus now = status();
    const kubernetes::Condition* found = kubernetes::find_condition(now.conditions, "Held");
    return found == nullptr ? "absent" : found->status + " " + found->reason + " " + found->message;
  }

  static inline const kubernetes::ObjectKey kKey{.ns = {}, .name = kDatabaseName};
  tests::AdvisoryFiles files_{"take-up"};
  tests::MemoryApi api_;
  tests::FakeClock clock_;
  tests::ToldEvents events_;
  net::Metrics metrics_;
  tests::FakeRegistry registry_;
  ScanRegistries registries_;
  int machines_ = 0;
  std::unique_ptr<Machine> machine_;
  std::uint64_t first_ = 0;
};

TEST_F(DatabaseTakeUpTest, ItIsToldWhatEachGenerationWasFetchedBy) {
  ASSERT_EQ(active(), first_);
  ASSERT_THAT(status().fetched, SizeIs(1));
  EXPECT_EQ(status().fetched[0].generation, static_cast<std::int64_t>(first_));
  EXPECT_THAT(status().fetched[0].bundle, testing::StartsWith(registry_.host() + "/team/advisories@sha256:"));
  describe(100);
  const std::uint64_t second = publish();
  poll();
  ASSERT_THAT(status().fetched, SizeIs(2));
  EXPECT_EQ(status().fetched[0].generation, static_cast<std::int64_t>(second)) << "the newest first";
}

TEST_F(DatabaseTakeUpTest, WhatIsHeldStaysHeldAndTheOldOneDecidesOn) {
  const std::uint64_t second = publish();
  poll();
  ASSERT_EQ(active(), first_);
  ASSERT_THAT(held(), HasSubstr("True CanaryFailed"));

  new_machine();
  poll();
  EXPECT_EQ(active(), first_);
  EXPECT_THAT(held(), HasSubstr("True CanaryFailed generation " + std::to_string(second)));
  EXPECT_EQ(status().active_generation, static_cast<std::int64_t>(first_));
}

TEST_F(DatabaseTakeUpTest, WhereTheOldOneIsGoneTheNewOneIsHeldAllTheSame) {
  static_cast<void>(publish());
  poll();
  new_machine();
  lose(first_);
  poll();
  EXPECT_THAT(held(), HasSubstr("True FileRefused fetching the database"));
  poll();
  EXPECT_EQ(active(), std::nullopt);
  EXPECT_THAT(held(), HasSubstr("True CanaryFailed"));
  EXPECT_EQ(status().active_generation, static_cast<std::int64_t>(first_));
}

TEST_F(DatabaseTakeUpTest, ARegistryThatIsAwayAtTheStartIsAskedAgain) {
  static_cast<void>(publish());
  poll();
  ASSERT_EQ(active(), first_);
  new_machine();
  registry_.intercept([](const net::ServerRequest&) { return net::ServerResponse{.status = 503}; });
  poll();
  poll();
  EXPECT_EQ(active(), std::nullopt);
  registry_.intercept({});
  poll();
  EXPECT_EQ(active(), first_);
  EXPECT_THAT(held(), HasSubstr("True CanaryFailed"));
}

TEST_F(DatabaseTakeUpTest, APinHolds) {
  describe(100);
  static_cast<void>(publish());
  poll();
  pin(first_);
  poll();
  ASSERT_EQ(active(), first_);
  new_machine();
  poll();
  EXPECT_EQ(active(), first_);
  EXPECT_THAT(held(), HasSubstr("True Pinned"));
}

TEST_F(DatabaseTakeUpTest, WhatThisMachineNeverHadCanBePinned) {
  describe(100);
  const std::uint64_t second = publish();
  poll();
  new_machine();
  poll();
  ASSERT_EQ(active(), second);
  pin(first_);
  poll();
  EXPECT_EQ(active(), first_);
  EXPECT_THAT(held(), HasSubstr("True Pinned"));
}

// The registry comes back, and a person's word is no less than it was.
TEST_F(DatabaseTakeUpTest, ARegistryThatIsAwayDoesNotUndoAPin) {
  describe(100);
  const std::uint64_t second = publish();
  poll();
  new_machine();
  poll();
  pin(first_);
  registry_.intercept([](const net::ServerRequest&) { return net::ServerResponse{.status = 503}; });
  poll();
  EXPECT_EQ(active(), second);
  EXPECT_THAT(held(), HasSubstr("True FileRefused fetching the database"));
  registry_.intercept({});
  poll();
  EXPECT_EQ(active(), first_);
}

// Who may write the status, or the object, must not make the operator send its credentials elsewhere.
TEST_F(DatabaseTakeUpTest, OnlyWhatLiesWhereTheBundleDoesIsFetched) {
  json object = api_.at(crds::kVulnerabilityDatabase, kKey);
  object["status"]["fetched"][0]["bundle"] = "127.0.0.1:1/team/advisories@" + base::Digest::of("x").text();
  api_.put(crds::kVulnerabilityDatabase, object);
  new_machine();
  poll();
  EXPECT_EQ(active(), first_) << "by the tag, which means it still";
}

TEST_F(DatabaseTakeUpTest, SoManyAreRemembered) {
  describe(100);
  for (int i = 0; i < 22; ++i) {
    static_cast<void>(publish());
    poll();
  }
  EXPECT_THAT(status().fetched, SizeIs(20));
}

}  // namespace
}  // namespace pratique_operator::reconcilers
