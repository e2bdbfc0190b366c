// What an update of the advisory database costs, with the built program and Debian's docker-registry: a feed has one
// record more, and what moves is that and not the database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "registry/content_chunks.h"
#include "scanner/advisories/file_reader.h"
#include "scanner/advisories/signature.h"
#include "tests/integration/registry/real_registry.h"
#include "tests/scanner/advisories/database_fixture.h"
#include "tests/support/eventually.h"

namespace tests {
namespace {

using scanner::advisories::FileReader;
using testing::HasSubstr;

class DatabaseUpdate : public testing::Test {
 protected:
  // A feed that gives some 24 MiB of the database.
  void write_large_feed() const {
    for (int record = 0; record < 300; ++record) {
      std::ostringstream text;
      text << R"({"id":"GHSA-large-)" << record << R"(","aliases":["CVE-2026-)" << (10'000 + record)
           << R"("],"modified":"2026-01-01T00:00:00Z","affected":[)";
      for (int package = 0; package < 500; ++package) {
        const std::string name = base::sha256_hex(std::to_string(record) + "/" + std::to_string(package));
        text << (package == 0 ? "" : ",") << R"({"package":{"ecosystem":"PyPI","name":")" << name
             << R"("},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.)" << package
             << R"("}]}]})";
      }
      text << "]}";
      database_.write("large/" + std::to_string(record) + ".json", text.str());
    }
  }
  void write_record(const std::string& name) const {
    database_.write("small/" + name + ".json", R"({"id":")" + name + R"(","modified":"2026-01-01T00:00:00Z",
      "affected":[{"package":{"ecosystem":"npm","name":"left-)" +
                                                   name + R"("},"versions":["1.0.0"]}]})");
  }
  // Of these chunks, what the others do not have.
  static std::uint64_t bytes_beside(const std::vector<registry::Chunk>& chunks,
                                    const std::vector<registry::Chunk>& others) {
    std::set<base::Digest> known;
    for (const registry::Chunk& chunk : others) known.insert(chunk.digest);
    std::uint64_t bytes = 0;
    for (const registry::Chunk& chunk : chunks) bytes += known.contains(chunk.digest) ? 0 : chunk.size;
    return bytes;
  }
  std::vector<registry::Chunk> build(int now) {
    static_cast<void>(database_.build({"osv:large", "osv:small"}, now));
    const FileReader file(database_.database());
    return registry::chunks_of(file, registry::chunk_sizes(file.size()));
  }
  std::string pratique(const std::vector<std::string>& words) const {
    std::vector<std::string> command = {program_path("pratique").string(), "database"};
    command.insert(command.end(), words.begin(), words.end());
    command.insert(command.end(), {"--plain-http", registry_.host()});
    const CommandResult result = run_command(command);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return result.output;
  }
  void push() const { static_cast<void>(pratique({"push", database_.database(), image_})); }
  // Returns the bytes of blobs that the registry says it has sent for it, without the empty config.
  std::uint64_t pull(std::uint64_t expected) const {
    const std::uint64_t before = registry_.blob_bytes_sent() + std::string_view("{}").size();
    static_cast<void>(pratique({"pull", image_, "--output", pulled()}));
    static_cast<void>(eventually([&] { return registry_.blob_bytes_sent() >= before + expected; }));
    return registry_.blob_bytes_sent() - before;
  }
  [[nodiscard]] std::string pulled() const { return database_.path("pulled.db"); }
  void expect_pulled() const {
    EXPECT_EQ(scanner::advisories::verify_database(pulled(), scanner::advisories::trusted_keys("")).sha256,
              scanner::advisories::read_signature(database_.database()).sha256);
  }

  DatabaseFixture database_;
  const RealRegistry registry_{std::vector<std::string>{}};
  const std::string image_ = registry_.host() + "/security/advisories:latest";
};

TEST_F(DatabaseUpdate, MovesWhatChanged) {
  write_large_feed();
  write_record("A-1");
  const std::vector<registry::Chunk> first = build(1'800'000'000);
  const std::uint64_t size = bytes_beside(first, {});
  ASSERT_GT(size, std::uint64_t{16} << 20);
  push();
  EXPECT_EQ(pull(size), size) << "all of it, once";
  expect_pulled();

  write_record("A-2");
  const std::vector<registry::Chunk> second = build(1'800'000'100);
  const std::uint64_t changed = bytes_beside(second, first);
  RecordProperty("changed_bytes", std::to_string(changed));
  EXPECT_LT(changed, size / 10) << "one record more";
  push();
  EXPECT_EQ(pull(changed), changed);
  expect_pulled();

  EXPECT_EQ(pull(0), 0U) << "nothing has changed";
  expect_pulled();
}

// Whatever the registry has under the tag: what was pulled before stays.
TEST_F(DatabaseUpdate, AChunkThatIsLostInTheRegistryLeavesTheLastGoodOne) {
  write_large_feed();
  write_record("A-1");
  const std::vector<registry::Chunk> first = build(1'800'000'000);
  push();
  static_cast<void>(pull(bytes_beside(first, {})));
  const std::string before = scanner::advisories::read_signature(pulled()).sha256;

  write_record("A-2");
  const std::vector<registry::Chunk> second = build(1'800'000'100);
  push();
  const auto lost = std::ranges::find_if(second, [&](const registry::Chunk& chunk) {
    return std::ranges::none_of(first, [&](const registry::Chunk& known) { return known.digest == chunk.digest; });
  });
  ASSERT_NE(lost, second.end());
  registry_.remove_blob(lost->digest);
  const CommandResult result = run_command({program_path("pratique").string(), "database", "pull", image_, "--output",
                                            pulled(), "--plain-http", registry_.host()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr(lost->digest.text()));
  EXPECT_EQ(scanner::advisories::read_signature(pulled()).sha256, before);
  EXPECT_FALSE(std::filesystem::exists(pulled() + ".fetching")) << "half a file is none";
}

}  // namespace
}  // namespace tests
