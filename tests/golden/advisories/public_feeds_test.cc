// The public feeds, whole: every record is read, and the database stays small.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <map>

#include "tests/scanner/advisories/database_fixture.h"
#include "tests/support/shared_data.h"

namespace {

TEST(PublicFeeds, BuildWhole) {
  REQUIRE_SHARED_DATA(feeds, "data/feeds");
  tests::DatabaseFixture fixture;
  const std::string unpacked = fixture.path("secdb");
  ASSERT_EQ(std::system(("mkdir " + unpacked + " && tar --zstd -xf " + (feeds / "alpine").string() + "/*.tar.zst -C " + unpacked).c_str()), 0);
  std::vector<std::string> sources{"alpine-secdb:" + unpacked};
  for (const char* zip : {"ConanCenter", "Go", "Maven", "NuGet", "Packagist", "PyPI", "RubyGems", "crates.io", "npm"}) {
    sources.push_back("osv:" + (feeds / "osv" / zip).string() + ".zip");
  }
  for (const char* release : {"bookworm", "bullseye", "buster"}) {
    sources.push_back(fmt::format("debian-oval:{}/debian/oval-definitions-{}-2023-07-14.xml.bz2", feeds.string(), release));
  }

  const auto started = std::chrono::steady_clock::now();
  const auto result = fixture.build(sources);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;

  std::map<std::string, int> notes;
  for (const auto& note : fixture.notes()) ++notes[note.message];
  for (const auto& [text, count] : notes) fmt::print("note {} x{}\n", text, count);
  for (const auto& source : result.info.sources) fmt::print("{} {} {}\n", source.name, source.records, source.newest);
  fmt::print("{} advisories, {} bytes, {:.1f} s\n", result.info.advisories, result.info.bytes, took.count());
  EXPECT_GT(result.info.advisories, 100'000U);
}

}  // namespace
