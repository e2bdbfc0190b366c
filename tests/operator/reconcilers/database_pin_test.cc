// Generations that are kept, and the one that a person pins: real databases, and the status that a person reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "operator/reconcilers/vulnerability_database_reconciler.h"
#include "tests/operator/support/advisory_files.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"
#include "tests/operator/support/told_events.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class PinTest : public testing::Test {
 protected:
  PinTest() {
    put_object(json::object());
    files_.add("any",
               R"({"schema_version":"1.6.0","id":"GHSA-aaaa-aaaa-aaaa","modified":"2026-01-01T00:00:00Z","affected":[
      {"package":{"ecosystem":"PyPI","name":"requests"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]})");
    database_ = make_database();
  }

  void put_object(const json& spec, const json& annotations = json::object()) {
    const std::optional<json> known = api_.get(crds::kVulnerabilityDatabase, kKey);
    json object = known ? *known : json{{"metadata", {{"name", "default"}}}};
    object["metadata"]["annotations"] = annotations;
    object["spec"] = spec;
    api_.put(crds::kVulnerabilityDatabase, object);
  }
  void pin(const std::string& generation) {
    put_object(json::object(), {{std::string(crds::kPinGeneration), generation}});
    poll();
  }
  // The generation of a new file, which is looked at.
  std::uint64_t build() {
    clock_.advance(std::chrono::minutes(1));
    files_.build(clock_);
    poll();
    return scanner::advisories::read_signature(files_.database()).generation;
  }
  void poll() {
    try {
      static_cast<void>(database_->reconcile({}, {}));
    } catch (const base::Error& error) {
      database_->report_failure(error);
    }
  }
  std::unique_ptr<VulnerabilityDatabaseReconciler> make_database() {
    return std::make_unique<VulnerabilityDatabaseReconciler>(
        DatabaseFiles{.path = files_.database(), .keys = files_.keys(), .installed = files_.installed()},
        VulnerabilityDatabaseReconciler::Surroundings{.api = api_,
                                                      .matching = matching_,
                                                      .clock = clock_,
                                                      .metrics = metrics_,
                                                      .events = events_,
                                                      .on_change = [] {}});
  }
  [[nodiscard]] crds::VulnerabilityDatabaseStatus status() {
    return api_.at(crds::kVulnerabilityDatabase, kKey).get<crds::VulnerabilityDatabase>().status;
  }
  [[nodiscard]] std::string said(const char* type) {
    const crds::VulnerabilityDatabaseStatus now = status();
    const kubernetes::Condition* found = kubernetes::find_condition(now.conditions, type);
    return found == nullptr ? "absent" : found->status + " " + found->reason + " " + found->message;
  }
  [[nodiscard]] std::vector<std::uint64_t> kept() const {
    std::vector<std::uint64_t> generations;
    for (const auto& [generation, path] : scanner::advisories::installed_generations(files_.installed())) {
      generations.push_back(generation);
    }
    return generations;
  }

  static inline const kubernetes::ObjectKey kKey{.ns = {}, .name = kDatabaseName};
  tests::AdvisoryFiles files_{"pin"};
  tests::MemoryApi api_;
  tests::FakeClock clock_;
  tests::ToldEvents events_;
  net::Metrics metrics_;
  AdvisoryMatching matching_;
  std::unique_ptr<VulnerabilityDatabaseReconciler> database_;
};

TEST_F(PinTest, AnOlderGenerationDecidesUntilThePinIsTakenAway) {
  const std::uint64_t first = build();
  const std::uint64_t second = build();
  ASSERT_EQ(matching_.generation(), second);

  pin(std::to_string(first));
  EXPECT_EQ(matching_.generation(), first);
  EXPECT_EQ(status().active_generation, static_cast<std::int64_t>(first));
  EXPECT_THAT(said("Held"), HasSubstr("True Pinned generation " + std::to_string(first)));
  EXPECT_THAT(said("Held"), HasSubstr("kubectl annotate vulnerabilitydatabase default pratique.dev/pin-generation-"));
  EXPECT_THAT(said("Ready"), HasSubstr("True Active"));

  const std::uint64_t third = build();
  EXPECT_EQ(matching_.generation(), first) << "newer ones wait";

  put_object(json::object());
  poll();
  EXPECT_EQ(matching_.generation(), third);
  EXPECT_THAT(said("Held"), HasSubstr("False Current"));
}

TEST_F(PinTest, TheOneThatIsActiveCanBePinned) {
  const std::uint64_t first = build();
  pin(std::to_string(first));
  EXPECT_THAT(said("Held"), HasSubstr("True Pinned"));
  static_cast<void>(build());
  EXPECT_EQ(matching_.generation(), first);
}

TEST_F(PinTest, ItHoldsAcrossARestart) {
  const std::uint64_t first = build();
  static_cast<void>(build());
  pin(std::to_string(first));

  matching_.replace(nullptr);
  database_ = make_database();
  poll();

  EXPECT_EQ(matching_.generation(), first);
  EXPECT_THAT(said("Held"), HasSubstr("True Pinned"));
}

TEST_F(PinTest, WhatIsNotKeptIsNamedAndChangesNothing) {
  const std::uint64_t first = build();
  for (const char* wrong : {"7", "yesterday", "", "-1"}) {
    pin(wrong);
    EXPECT_EQ(matching_.generation(), first) << wrong;
  }
  pin("yesterday");
  EXPECT_THAT(said("Held"), HasSubstr("True PinMissing the annotation pratique.dev/pin-generation names yesterday"));
  EXPECT_THAT(said("Held"), HasSubstr("Kept are " + std::to_string(first)));
}

// A pod that lost what it kept must not be without any database: every image would count as unscanned.
TEST_F(PinTest, WhereItIsNotKeptTheNewestDecides) {
  const std::uint64_t first = build();
  const std::uint64_t second = build();
  pin(std::to_string(first));
  std::filesystem::remove_all(files_.installed());
  matching_.replace(nullptr);
  database_ = make_database();
  poll();
  EXPECT_EQ(matching_.generation(), second);
  EXPECT_THAT(said("Held"), HasSubstr("True PinMissing"));
  EXPECT_THAT(said("Ready"), HasSubstr("True Active"));
  const std::uint64_t third = build();
  EXPECT_EQ(matching_.generation(), third);
}

// So that a bundle of an older digest can take the place of one that is wrong.
TEST_F(PinTest, ItIsTakenFromTheSourceThoughItIsOlder) {
  const std::uint64_t first = build();
  const std::string older = files_.database() + ".older";
  std::filesystem::copy_file(files_.database(), older);
  const std::uint64_t second = build();
  std::filesystem::remove(scanner::advisories::find_installed(files_.installed(), first));
  std::filesystem::rename(older, files_.database());
  poll();
  EXPECT_EQ(matching_.generation(), second) << "not by itself";
  pin(std::to_string(first));
  EXPECT_EQ(matching_.generation(), first);
  EXPECT_THAT(said("Held"), HasSubstr("True Pinned"));
}

TEST_F(PinTest, SoManyAreKept) {
  std::vector<std::uint64_t> built;
  for (int i = 0; i < 5; ++i) built.push_back(build());
  EXPECT_THAT(kept(), ElementsAre(built[2], built[3], built[4])) << "three, where the object does not say";

  put_object({{"retainGenerations", 1}});
  const std::uint64_t last = build();
  EXPECT_THAT(kept(), ElementsAre(last));
}

TEST_F(PinTest, ARestartRemovesNoneOfThem) {
  std::vector<std::uint64_t> built;
  for (int i = 0; i < 3; ++i) built.push_back(build());
  database_ = make_database();
  poll();
  EXPECT_EQ(matching_.generation(), built[2]);
  EXPECT_THAT(kept(), ElementsAre(built[0], built[1], built[2]));
}

TEST_F(PinTest, ThePinnedOneIsKeptAndSoAreTheNewest) {
  std::vector<std::uint64_t> built;
  for (int i = 0; i < 3; ++i) built.push_back(build());
  pin(std::to_string(built[0]));
  EXPECT_THAT(kept(), ElementsAre(built[0], built[1], built[2])) << "so that one can change one's mind";
  pin(std::to_string(built[1]));
  EXPECT_EQ(matching_.generation(), built[1]);
}

// After a loss of power, say.
TEST_F(PinTest, ADamagedOneIsNoneAndGoes) {
  const std::uint64_t first = build();
  const std::uint64_t second = build();
  const std::string path = scanner::advisories::find_installed(files_.installed(), first);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  pin(std::to_string(first));
  EXPECT_THAT(said("Held"), HasSubstr("PinMissing"));

  put_object(json::object());
  const std::uint64_t third = build();
  EXPECT_EQ(matching_.generation(), third);
  EXPECT_THAT(kept(), ElementsAre(second, third));
  EXPECT_FALSE(std::filesystem::exists(path));
}

// The signature is in place, and the content is another.
TEST_F(PinTest, OneThatCannotBeUsedIsNamedAndTheNewestDecides) {
  const std::uint64_t first = build();
  const std::uint64_t second = build();
  const std::string path = scanner::advisories::find_installed(files_.installed(), first);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path) / 2));
  file << "damage";
  file.close();
  pin(std::to_string(first));
  EXPECT_THAT(said("Held"), HasSubstr("True PinMissing generation " + std::to_string(first) + " is pinned and cannot"));
  EXPECT_EQ(matching_.generation(), second);
  const std::uint64_t third = build();
  EXPECT_EQ(matching_.generation(), third);

  matching_.replace(nullptr);
  database_ = make_database();
  poll();
  poll();
  EXPECT_EQ(matching_.generation(), third) << "and after a restart";
}

}  // namespace
}  // namespace pratique_operator::reconcilers
