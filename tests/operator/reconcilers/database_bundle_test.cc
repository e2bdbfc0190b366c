// The advisory database that a registry publishes: when it is asked for, what is fetched, and what a failure leaves.
#include "operator/reconcilers/database_bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/base64.h"
#include "base/byte_source.h"
#include "base/error.h"
#include "base/file.h"
#include "operator/reconcilers/secrets.h"
#include "operator/reconcilers/vulnerability_database_reconciler.h"
#include "registry/artifact.h"
#include "registry/content_chunks.h"
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
namespace fs = std::filesystem;

class DatabaseBundleTest : public testing::Test {
 protected:
  DatabaseBundleTest() {
    const json registry = {
        {"metadata", {{"name", "main"}}},
        {"spec", {{"server", registry_.host()}, {"namespace", "shop"}, {"tls", {{"plainHTTP", true}}}}}};
    registries_ = {std::make_shared<const crds::ScanRegistry>(registry.get<crds::ScanRegistry>())};
    api_.put(crds::kVulnerabilityDatabase, {{"metadata", {{"name", "default"}}}, {"spec", json::object()}});
  }

  void publish(const std::string& content,
               const std::string& media_type = std::string(scanner::advisories::kDatabaseWholeType)) {
    registry_.add_artifact(content, media_type, "latest");
  }
  // As `pratique database push` does.
  void publish_chunks(const std::string& content) {
    registry_.take_pushes(false);
    static_cast<void>(registry::push_artifact(
        {.reference = registry_.reference("team/advisories:latest"), .policy = registry_.policy()},
        {.type = std::string(scanner::advisories::kDatabaseArtifactType),
         .layer_type = std::string(scanner::advisories::kDatabaseChunkType),
         .content = content,
         .in_chunks = true},
        clock_, {}));
  }
  [[nodiscard]] crds::DatabaseBundle bundle() const {
    return {.oci = registry_.host() + "/team/advisories:latest", .keys = {}, .pull_secrets = pull_secrets_};
  }
  std::string content() { return base::read_file(bundles_.file_of(bundle(), {}).path, 100); }
  std::string error_of_fetch() {
    try {
      static_cast<void>(bundles_.file_of(bundle(), {}));
    } catch (const base::ConfigError& error) {
      return error.what();
    }
    return "fetched";
  }

  [[nodiscard]] DatabaseBundles::Surroundings surroundings() {
    return {.api = api_,
            .clock = clock_,
            .registries = [this] { return registries_; },
            .provider_credential = {},
            .operator_namespace = "pratique-system"};
  }

  tests::AdvisoryFiles files_{"bundle"};
  std::string folder_ = (files_.folder() / "fetched").string();
  tests::FakeRegistry registry_;
  ScanRegistries registries_;
  std::vector<std::string> pull_secrets_;
  tests::MemoryApi api_;
  tests::FakeClock clock_;
  DatabaseBundles bundles_{folder_, surroundings()};
};

TEST_F(DatabaseBundleTest, IsFetchedOnceAndAskedForAgainAfterAWhile) {
  publish("one");
  EXPECT_EQ(content(), "one");
  const std::size_t asked = registry_.seen().size();
  EXPECT_EQ(content(), "one");
  EXPECT_EQ(registry_.seen().size(), asked) << "not before it is time";

  publish("two");
  clock_.advance(kBundlePoll);
  EXPECT_EQ(content(), "two");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "the one before is gone";
}

TEST_F(DatabaseBundleTest, WhatIsThereIsNotFetchedAgain) {
  publish("one");
  static_cast<void>(content());
  const auto blobs = [this] {
    return std::ranges::count_if(registry_.seen(), [](const auto& seen) {
      return seen.target.find(base::Digest::of("one").text()) != std::string::npos;
    });
  };
  const auto before = blobs();
  clock_.advance(kBundlePoll);
  EXPECT_EQ(content(), "one");
  EXPECT_EQ(blobs(), before);
}

// A large file, of which a few bytes have changed.
TEST_F(DatabaseBundleTest, OfAnotherOneOnlyWhatChangedIsFetched) {
  const std::size_t bytes_max = std::size_t{32} << 20;
  std::string lines;
  for (int line = 0; lines.size() < bytes_max / 2; ++line) lines += base::sha256_hex(std::to_string(line));
  const auto fetched_bytes = [&](DatabaseBundles& bundles) {
    const std::size_t before = registry_.seen().size();
    EXPECT_EQ(base::read_file(bundles.file_of(bundle(), {}).path, bytes_max), lines);
    std::uint64_t bytes = 0;
    for (const registry::Chunk& chunk :
         registry::chunks_of(base::MemorySource("lines", lines), registry::chunk_sizes(lines.size()))) {
      const auto seen = registry_.seen();
      const bool was_asked_for =
          std::any_of(seen.begin() + static_cast<std::ptrdiff_t>(before), seen.end(),
                      [&](const auto& one) { return one.target.ends_with(chunk.digest.text()); });
      if (was_asked_for) bytes += chunk.size;
    }
    return bytes;
  };
  publish_chunks(lines);
  EXPECT_EQ(fetched_bytes(bundles_), lines.size());

  lines.insert(lines.size() / 2, "one more");
  publish_chunks(lines);
  clock_.advance(kBundlePoll);
  const std::uint64_t changed = fetched_bytes(bundles_);
  EXPECT_GT(changed, 0U);
  EXPECT_LT(changed, lines.size() / 4);

  lines.erase(0, 10);
  publish_chunks(lines);
  DatabaseBundles of_another_start{folder_, surroundings()};
  EXPECT_LT(fetched_bytes(of_another_start), lines.size() / 4) << "what an operator before has fetched counts";
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(DatabaseBundleTest, AFetchThatBreaksOffLeavesWhatWasFetchedAndBeginsAnew) {
  publish("one");
  const std::string file = bundles_.file_of(bundle(), {}).path;
  const std::string more(2 * registry::kChunkBytesMax, 'x');
  publish_chunks(more);
  clock_.advance(kBundlePoll);
  int answered = 0;
  registry_.intercept([&](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (request.target.find("/blobs/") == std::string::npos || ++answered < 2) return std::nullopt;
    return net::ServerResponse{.status = 500};
  });
  EXPECT_THAT(error_of_fetch(), HasSubstr("500"));
  EXPECT_EQ(base::read_file(file, 100), "one");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "half a file is none";

  registry_.intercept({});
  EXPECT_EQ(base::read_file(bundles_.file_of(bundle(), {}).path, more.size()), more);
}

TEST_F(DatabaseBundleTest, IsFetchedAgainByWhatItWasFetchedBy) {
  publish("one");
  const std::string reference = bundles_.file_of(bundle(), {}).reference;
  EXPECT_THAT(reference, testing::StartsWith(registry_.host() + "/team/advisories@sha256:"));
  publish("two");
  clock_.advance(kBundlePoll);
  EXPECT_EQ(content(), "two");
  EXPECT_EQ(base::read_file(bundles_.file_of({.oci = reference, .keys = {}, .pull_secrets = {}}, {}).path, 100), "one");
  EXPECT_EQ(content(), "two") << "and back, at once";
}

TEST_F(DatabaseBundleTest, AFailureNamesTheReferenceAndLeavesWhatWasFetched) {
  publish("one");
  const std::string file = bundles_.file_of(bundle(), {}).path;
  publish("something else", "application/vnd.oci.image.layer.v1.tar");
  clock_.advance(kBundlePoll);
  EXPECT_THAT(error_of_fetch(), HasSubstr("fetching the database " + bundle().oci));
  EXPECT_THAT(error_of_fetch(), HasSubstr("a layer of type application/vnd.oci.image.layer.v1.tar"));
  EXPECT_TRUE(fs::exists(file));
}

TEST_F(DatabaseBundleTest, IsPulledWithASecretOfTheOperatorsNamespace) {
  publish("one");
  pull_secrets_ = {"pratique-database"};
  EXPECT_THAT(error_of_fetch(), HasSubstr("pratique-system/pratique-database does not exist"));

  const std::string config = json{{"auths", {{registry_.host(), {{"username", "u"}, {"password", "p"}}}}}}.dump();
  api_.put(kSecret, {{"metadata", {{"name", "pratique-database"}, {"namespace", "pratique-system"}}},
                     {"data", {{".dockerconfigjson", base::encode_base64(config)}}}});
  const std::string expected = "Basic " + base::encode_base64("u:p");
  registry_.intercept([=](const net::ServerRequest& request) -> std::optional<net::ServerResponse> {
    if (net::find_header(request.headers, "Authorization") == expected) return std::nullopt;
    return net::ServerResponse{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"r\""}}};
  });
  EXPECT_EQ(content(), "one");
}

// The whole way: fetched, verified by the key that the object names, and active.
TEST_F(DatabaseBundleTest, BecomesActiveOnceItsKeyIsTrusted) {
  files_.add("one", R"({"schema_version":"1.6.0","id":"GHSA-aaaa-aaaa-aaaa","modified":"2026-01-01T00:00:00Z",
    "affected":[{"package":{"ecosystem":"PyPI","name":"requests"},
    "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]})");
  files_.build(clock_);
  publish(base::read_file(files_.database(), 64 << 20));
  const auto describe = [this](const std::vector<std::string>& keys) {
    api_.put(crds::kVulnerabilityDatabase,
             {{"metadata", {{"name", "default"}}}, {"spec", {{"bundle", {{"oci", bundle().oci}, {"keys", keys}}}}}});
  };
  AdvisoryMatching matching;
  net::Metrics metrics;
  tests::ToldEvents events;
  fs::create_directories(files_.folder() / "no-keys");
  // The keys of this user's own folder are trusted without a word; these tests' is not among them.
  setenv("XDG_DATA_HOME", (files_.folder() / "nobody").c_str(), 1);
  VulnerabilityDatabaseReconciler reconciler(
      {.path = "/nowhere", .keys = (files_.folder() / "no-keys").string(), .installed = files_.installed()},
      {.api = api_,
       .matching = matching,
       .clock = clock_,
       .metrics = metrics,
       .events = events,
       .on_change = [] {},
       .bundle_file = [this](const auto& bundle, const auto& stop) { return bundles_.file_of(bundle, stop); }});
  describe({});
  EXPECT_THROW(static_cast<void>(reconciler.reconcile({}, {})), base::ConfigError) << "nobody trusts its key";
  EXPECT_FALSE(matching.generation().has_value());

  describe({base::read_file(files_.keys() + "/k.pub", 4096)});
  static_cast<void>(reconciler.reconcile({}, {}));
  EXPECT_TRUE(matching.generation().has_value());
}

}  // namespace
}  // namespace pratique_operator::reconcilers
