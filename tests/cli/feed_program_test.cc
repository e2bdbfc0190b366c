// `pratique database build` from feeds that are named by their addresses.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/program_fixture.h"
#include "tests/support/feed_host.h"
#include "tests/support/zip_builder.h"

namespace tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

class FeedProgram : public ProgramTest {
 protected:
  FeedProgram() { static_cast<void>(pratique({"database", "keygen", "--output", "new.key"})); }

  void publish(std::size_t records, const std::string& etag) {
    ZipBuilder zip;
    const std::vector<std::string> all = sample_osv_records();
    for (std::size_t at = 0; at < records; ++at) zip.deflated("record-" + std::to_string(at) + ".json", all.at(at));
    host_.publish("/PyPI/all.zip", zip.archive(), etag);
  }
  [[nodiscard]] ProgramRun build(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"database", "build",   "--source", "osv:" + host_.url("/PyPI/all.zip"),
                                      "--key",    "new.key", "--output", "new.db"};
    words.insert(words.end(), more.begin(), more.end());
    return pratique(words);
  }
  [[nodiscard]] json info() const {
    return json::parse(pratique({"database", "info", "new.db", "--output", "json"}).out);
  }

  FeedHost host_;
};

TEST_F(FeedProgram, BuildsFromAnAddressAndFetchesOnlyWhatChanged) {
  publish(3, "\"1\"");
  const ProgramRun first = build({"--plain-http", host_.host()});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("3 advisories from 1 sources"));
  EXPECT_EQ(info().at("sources").at(0).at("name"), "osv:" + host_.url("/PyPI/all.zip"));

  EXPECT_EQ(build({"--plain-http", host_.host()}).exit_code, 0);
  publish(4, "\"2\"");
  EXPECT_THAT(build({"--plain-http", host_.host()}).out, HasSubstr("4 advisories"));
  ASSERT_EQ(host_.seen().size(), 3u);
  EXPECT_EQ(host_.seen()[1].status, 304);
  EXPECT_EQ(host_.seen()[2].status, 200);
}

TEST_F(FeedProgram, WithoutACacheNothingIsLeft) {
  publish(2, "\"1\"");
  std::filesystem::create_directory(path("tmp"));
  setenv("TMPDIR", path("tmp").c_str(), 1);
  const ProgramRun run = build({"--plain-http", host_.host(), "--no-cache"});
  unsetenv("TMPDIR");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(std::filesystem::is_empty(path("tmp")));
  EXPECT_FALSE(std::filesystem::exists(path("home/.cache/pratique/feeds")));
}

TEST_F(FeedProgram, SourcesMayStandInAFile) {
  publish(3, "");
  database_.write("epss.csv",
                  "#model_version:v1,score_date:2026-01-02T00:00:00Z\ncve,epss,percentile\nCVE-2021-1,0.5,0.9\n");
  database_.write("sources", "# Python\n  osv:" + host_.url("/PyPI/all.zip") + " \r\n\n#osv:nowhere\nepss:epss.csv");
  const std::vector<std::string> words = {"database", "build",    "--sources", "sources",      "--key",
                                          "new.key",  "--output", "new.db",    "--plain-http", host_.host()};
  const ProgramRun run = pratique(words);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("from 2 sources"));

  database_.write("sources", "# a typo\novs:epss.csv\n");
  EXPECT_THAT(pratique(words).err, HasSubstr("sources:2: "));
  database_.write("sources", "# nothing yet\n");
  EXPECT_THAT(pratique(words).err, HasSubstr("sources names no feed"));
  EXPECT_THAT(pratique({"database", "build", "--key", "new.key", "--output", "new.db"}).err,
              HasSubstr("no feed is named"));
}

TEST_F(FeedProgram, ATypoInTheAddressIsSaidAndNothingIsBuilt) {
  const ProgramRun run = build({"--plain-http", host_.host()});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("/PyPI/all.zip: the server answered 404; is the address right?"));
  EXPECT_THAT(pratique({"database", "build", "--source", "osv:" + host_.url("/PyPI/all.zip"), "--key", "no.key",
                        "--output", "new.db", "--plain-http", host_.host()})
                  .err,
              HasSubstr("no.key"));
  EXPECT_EQ(host_.seen().size(), 1u) << "a key that cannot be used is told before anything is fetched";
  EXPECT_FALSE(std::filesystem::exists(path("new.db")));
}

TEST_F(FeedProgram, PlainHttpIsRefusedUnlessItIsNamed) {
  publish(1, "");
  const ProgramRun run = build();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("--plain-http " + host_.host()));
  EXPECT_THAT(host_.seen(), IsEmpty());
}

}  // namespace
}  // namespace tests
