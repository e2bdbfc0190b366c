// `pratique database` from end to end.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "scanner/advisories/signature.h"
#include "tests/cli/program_fixture.h"
#include "tests/support/fake_registry.h"

namespace tests {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

class DatabaseProgram : public ProgramTest {
 protected:
  DatabaseProgram() {
    int number = 0;
    for (const std::string& record : sample_osv_records()) {
      database_.write("feed/" + std::to_string(++number) + ".json", record);
    }
  }

  [[nodiscard]] ProgramRun build() const {
    return pratique({"database", "build", "--source", "osv:feed", "--key", "new.key", "--output", "new.db"});
  }
  void publish(const std::string& bytes) {
    registry_.add_artifact(bytes, "application/vnd.pratique.database.v1+lmdb", "latest");
  }
  void publish_chunks(const std::vector<std::string>& chunks) {
    std::string layers;
    for (const std::string& chunk : chunks) {
      layers += (layers.empty() ? "" : ",") +
                descriptor_json("application/vnd.pratique.database.chunk.v1", registry_.add_blob(chunk), chunk.size());
    }
    const std::string config = descriptor_json("application/vnd.oci.empty.v1+json", registry_.add_blob("{}"), 2);
    registry_.add_manifest(R"({"schemaVersion":2,"config":)" + config + R"(,"layers":[)" + layers + "]}",
                           kOciManifestType, "latest");
  }
  [[nodiscard]] ProgramRun pull() const {
    return pratique({"database", "pull", registry_.host() + "/advisories:latest", "--output", "pulled.db",
                     "--plain-http", registry_.host()});
  }

  static constexpr std::size_t kBytesMax = std::size_t{1} << 20;
  FakeRegistry registry_;
};

TEST_F(DatabaseProgram, MakesAKeyBuildsAndVerifies) {
  const ProgramRun keygen = pratique({"database", "keygen", "--output", "new.key"});
  EXPECT_EQ(keygen.exit_code, 0) << keygen.err;
  EXPECT_THAT(keygen.out, HasSubstr("new.key.pub"));

  const ProgramRun built = build();
  EXPECT_EQ(built.exit_code, 0) << built.err;
  EXPECT_THAT(built.out, HasSubstr("4 advisories from 1 sources"));

  const ProgramRun verified = pratique({"database", "verify", "new.db"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("new.db: good: generation "));
}

// As it is read: but for the time and the generation, which are those of the build.
TEST_F(DatabaseProgram, WhatIsRememberedOfFeedsMakesTheSameDatabase) {
  static_cast<void>(pratique({"database", "keygen", "--output", "new.key"}));
  database_.write("epss.csv",
                  "#model_version:v1,score_date:2026-01-02T00:00:00Z\ncve,epss,percentile\nCVE-2021-1,0.5,0.9\n");
  const auto records_and_sources = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"database",      "build", "--source", "osv:feed", "--source",
                                      "epss:epss.csv", "--key", "new.key",  "--output", "new.db"};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramRun run = pratique(words);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    auto info = nlohmann::json::parse(pratique({"database", "info", "new.db", "--output", "json"}).out);
    for (const char* of_the_build : {"generation", "builtAt", "sha256"}) info.erase(of_the_build);
    return info.dump();
  };
  const std::string whole = records_and_sources({"--no-cache"});
  EXPECT_FALSE(std::filesystem::exists(path("home/.cache/pratique/feeds")));
  EXPECT_EQ(records_and_sources({}), whole);
  EXPECT_EQ(records_and_sources({}), whole) << "from what is remembered of both";
  database_.write("epss.csv",
                  "#model_version:v1,score_date:2026-01-03T00:00:00Z\ncve,epss,percentile\nCVE-2021-1,0.6,0.9\n");
  EXPECT_THAT(records_and_sources({"--cache", "kept"}), HasSubstr("2026-01-03"));
}

// A feed is foreign bytes: what it points to outside of itself is not read.
TEST_F(DatabaseProgram, AFeedCannotBringInOtherFiles) {
  static_cast<void>(pratique({"database", "keygen", "--output", "new.key"}));
  std::filesystem::create_symlink(path("new.key"), path("feed/link.json"));
  const ProgramRun run = build();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("feed/link.json: Permission denied"));
}

TEST_F(DatabaseProgram, TheGenerationOnlyRises) {
  static_cast<void>(pratique({"database", "keygen", "--output", "new.key"}));
  std::uint64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(build().exit_code, 0);
    const auto info = nlohmann::json::parse(pratique({"database", "info", "new.db", "--output", "json"}).out);
    EXPECT_GT(info.at("generation").get<std::uint64_t>(), last);
    EXPECT_EQ(info.at("advisories"), 4);
    EXPECT_EQ(info.at("sources").at(0).at("records"), 4);
    last = info.at("generation");
  }
}

TEST_F(DatabaseProgram, APublicKeyInADirectoryIsTrustedElsewhere) {
  static_cast<void>(pratique({"database", "keygen", "--output", "new.key"}));
  ASSERT_EQ(build().exit_code, 0);
  database_.write("keys/ours.pub", base::read_file(path("new.key.pub"), 4096));
  setenv("XDG_DATA_HOME", path("another-user").c_str(), 1);

  EXPECT_EQ(pratique({"database", "verify", "new.db"}).exit_code, 1);
  EXPECT_EQ(pratique({"database", "verify", "new.db", "--database-keys", "keys"}).exit_code, 0);
}

// What a registry does when a database is pushed is tested against a real one, in registry_integration_test.
TEST_F(DatabaseProgram, PullPutsWhatIsVerifiedInPlace) {
  static_cast<void>(pratique({"database", "keygen", "--output", "new.key"}));
  ASSERT_EQ(build().exit_code, 0);
  const std::string first = base::read_file(path("new.db"), kBytesMax);
  publish(first);
  const ProgramRun pulled = pull();
  EXPECT_EQ(pulled.exit_code, 0) << pulled.err;
  EXPECT_THAT(pulled.out, HasSubstr("pulled.db: generation "));
  EXPECT_EQ(base::read_file(path("pulled.db"), kBytesMax), first);

  ASSERT_EQ(build().exit_code, 0);
  const std::string second = base::read_file(path("new.db"), kBytesMax);
  publish(second);
  EXPECT_EQ(pull().exit_code, 0);
  publish(first);
  const ProgramRun older = pull();
  EXPECT_EQ(older.exit_code, 1);
  EXPECT_THAT(older.err, HasSubstr("older than"));
  EXPECT_EQ(base::read_file(path("pulled.db"), kBytesMax), second) << "the last good one stays";
}

TEST_F(DatabaseProgram, PullTakesWhatPushStoredAndOnlyWhatChanged) {
  registry_.take_pushes(false);
  const auto push = [&] {
    return pratique(
        {"database", "push", "new.db", registry_.host() + "/advisories:latest", "--plain-http", registry_.host()});
  };
  static_cast<void>(pratique({"database", "keygen", "--output", "new.key"}));
  ASSERT_EQ(build().exit_code, 0);
  const ProgramRun pushed = push();
  EXPECT_EQ(pushed.exit_code, 0) << pushed.err;
  EXPECT_THAT(pushed.out, ContainsRegex("generation [0-9]+, ([0-9.]+ [kMB]+), of which .* were sent"));
  EXPECT_THAT(push().out, HasSubstr("of which 0 B were sent")) << "the registry has it";

  const ProgramRun pulled = pull();
  EXPECT_EQ(pulled.exit_code, 0) << pulled.err;
  EXPECT_EQ(base::read_file(path("pulled.db"), kBytesMax), base::read_file(path("new.db"), kBytesMax));
  const ProgramRun again = pull();
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("of which 0 B were fetched"));
}

// Each chunk is what the manifest says; together they are not what was signed.
TEST_F(DatabaseProgram, PullRefusesChunksThatAreNotTheFile) {
  static_cast<void>(pratique({"database", "keygen", "--output", "new.key"}));
  ASSERT_EQ(build().exit_code, 0);
  const std::string good = base::read_file(path("new.db"), kBytesMax);
  const std::string first = good.substr(0, good.size() / 3);
  const std::string second = good.substr(first.size());
  const std::vector<std::vector<std::string>> wrong = {
      {second, first}, {first}, {second}, {first, first, second}, {first, second, second}};
  for (const std::vector<std::string>& chunks : wrong) {
    publish_chunks(chunks);
    const ProgramRun refused = pull();
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("database"));
    EXPECT_FALSE(std::filesystem::exists(path("pulled.db")));
    EXPECT_FALSE(std::filesystem::exists(path("pulled.db.fetching"))) << "nothing is left behind";
  }
  publish_chunks({first, second});
  EXPECT_EQ(pull().exit_code, 0) << "however it is cut";
  EXPECT_EQ(base::read_file(path("pulled.db"), kBytesMax), good);
  publish_chunks({second, first});
  EXPECT_EQ(pull().exit_code, 1);
  EXPECT_EQ(base::read_file(path("pulled.db"), kBytesMax), good) << "the last good one stays";
}

TEST_F(DatabaseProgram, PullRefusesWhatIsSignedAndNotReadable) {
  static_cast<void>(pratique({"database", "keygen", "--output", "new.key"}));
  ASSERT_EQ(build().exit_code, 0);
  publish(base::read_file(path("new.db"), kBytesMax));
  ASSERT_EQ(pull().exit_code, 0);
  const std::string good = base::read_file(path("pulled.db"), kBytesMax);
  database_.write("other.db", "a file of another format");
  scanner::advisories::sign_database(path("other.db"), path("new.key"), 4'000'000'000);
  publish(base::read_file(path("other.db"), kBytesMax));
  const ProgramRun pulled = pull();
  EXPECT_EQ(pulled.exit_code, 1);
  EXPECT_THAT(pulled.err, HasSubstr("not of format 4"));
  EXPECT_EQ(base::read_file(path("pulled.db"), kBytesMax), good) << "the last good one stays";
}

TEST_F(DatabaseProgram, PullDoesNotWriteOverWhatIsNoDatabase) {
  static_cast<void>(pratique({"database", "keygen", "--output", "new.key"}));
  ASSERT_EQ(build().exit_code, 0);
  publish(base::read_file(path("new.db"), kBytesMax));
  database_.write("pulled.db", "a letter");
  const ProgramRun pulled = pull();
  EXPECT_EQ(pulled.exit_code, 1);
  EXPECT_THAT(pulled.err, HasSubstr("pulled.db is in the way and no database; remove it first"));
  EXPECT_EQ(base::read_file(path("pulled.db"), kBytesMax), "a letter");
}

TEST_F(DatabaseProgram, PullRefusesWhatIsBrokenOrOfNobodyTrusted) {
  static_cast<void>(pratique({"database", "keygen", "--output", "new.key"}));
  ASSERT_EQ(build().exit_code, 0);
  const std::string good = base::read_file(path("new.db"), kBytesMax);
  std::string spoiled = good;
  spoiled[spoiled.size() / 2] ^= 1;
  for (const std::string& bytes : {spoiled, good.substr(0, good.size() / 2), std::string("hello")}) {
    publish(bytes);
    EXPECT_EQ(pull().exit_code, 1);
  }
  publish(good);
  setenv("XDG_DATA_HOME", path("another-user").c_str(), 1);
  const ProgramRun untrusted = pull();
  EXPECT_EQ(untrusted.exit_code, 1);
  EXPECT_THAT(untrusted.err, HasSubstr("not trusted"));
  EXPECT_FALSE(std::filesystem::exists(path("pulled.db")));
  EXPECT_FALSE(std::filesystem::exists(path("pulled.db.fetching"))) << "nothing is left behind";
}

TEST_F(DatabaseProgram, InfoIsReadable) {
  static_cast<void>(pratique({"database", "keygen", "--output", "new.key"}));
  ASSERT_EQ(build().exit_code, 0);
  const ProgramRun info = pratique({"database", "info", "new.db"});
  EXPECT_EQ(info.exit_code, 0);
  EXPECT_THAT(info.out, HasSubstr("Advisories:  4\n"));
  EXPECT_THAT(info.out, HasSubstr("Source:      osv:feed: 4 records, newest 2024-02-02T00:00:00Z\n"));
}

}  // namespace
}  // namespace tests
