// The builder, the signature and the reader together, on files.
#include "scanner/advisories/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "base/error.h"
#include "scanner/advisories/signature.h"
#include "tests/scanner/advisories/database_fixture.h"

namespace scanner::advisories {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr std::string_view kRequests =
    R"({"id":"GHSA-x84v-xcm2-53pg","aliases":["CVE-2018-18074"],"modified":"2024-01-02T00:00:00Z",
  "severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
  "affected":[{"package":{"ecosystem":"PyPI","name":"requests"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.20.0"}]}]}]})";
constexpr std::string_view kSecdb = R"({"distroversion":"v3.20","reponame":"main","packages":[
  {"pkg":{"name":"curl","secfixes":{"8.1.0-r0":["CVE-2023-1"],"0":["CVE-2021-22897"]}}},{"pkg":{"name":"none"}}]})";

class DatabaseTest : public testing::Test {
 protected:
  void SetUp() override { fixture.write("osv/requests.json", kRequests); }

  std::string message_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const base::Error& error) {
      return error.what();
    }
    return "(nothing was thrown)";
  }
  void overwrite(std::uint64_t offset, char byte) const {
    std::fstream file(fixture.database(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(byte);
  }

  tests::DatabaseFixture fixture;
};

TEST_F(DatabaseTest, AnswersWhatTheFeedsSaid) {
  fixture.write("secdb/v3.20/main.json", kSecdb);
  const BuildResult result = fixture.build({"osv:osv", "alpine-secdb:secdb"});

  const auto database = fixture.open();

  const std::vector<Advisory> requests = database->find("pypi", "requests");
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].id, "GHSA-x84v-xcm2-53pg");
  EXPECT_EQ(requests[0].ecosystem, "pypi");
  EXPECT_THAT(requests[0].intervals, ElementsAre(Interval{"", "2.20.0", ""}));
  EXPECT_THAT(database->find("npm", "requests"), IsEmpty());
  EXPECT_THAT(database->find("pypi", std::string(5000, 'x')), IsEmpty()) << "longer than any key";
  EXPECT_THAT(database->find("apk:alpine:3.20", "curl"), SizeIs(2));
  EXPECT_TRUE(database->covers("pypi"));
  EXPECT_TRUE(database->covers("apk:alpine:3.20"));
  EXPECT_FALSE(database->covers("npm"));
  EXPECT_THAT(database->ratings_of("CVE-2018-18074"), SizeIs(1));
  EXPECT_THAT(database->ratings_of("GHSA-x84v-xcm2-53pg"), SizeIs(1));
  EXPECT_THAT(database->ratings_of("CVE-2023-1"), IsEmpty());
  EXPECT_EQ(database->info().generation, 1'800'000'000U);
  EXPECT_EQ(database->info().built_at, "2027-01-15T08:00:00Z");
  EXPECT_EQ(database->info().advisories, 3U);
  EXPECT_EQ(database->info().bytes, std::filesystem::file_size(fixture.database()));
  EXPECT_EQ(result.info.bytes, database->info().bytes);
  ASSERT_THAT(database->info().sources, SizeIs(2));
  EXPECT_EQ(database->info().sources[0].name, "osv:osv");
  EXPECT_EQ(database->info().sources[0].newest, "2024-01-02T00:00:00Z");
  EXPECT_EQ(database->info().sources[1].records, 2U);
}

TEST_F(DatabaseTest, ManyThreadsLookUpAtOnce) {
  static_cast<void>(fixture.build({"osv:osv"}));
  const auto database = fixture.open();
  std::vector<std::jthread> threads;
  for (int count = 0; count < 8; ++count) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 500; ++turn) EXPECT_THAT(database->find("pypi", "requests"), SizeIs(1));
    });
  }
}

TEST_F(DatabaseTest, PagesAreKeptOnceForAllPackagesOfAnIssue) {
  const auto record = [](const std::string& package, const std::string& pages) {
    return R"({"id":"GHSA-1","references":[)" + pages + R"(],"affected":[{"package":{"ecosystem":"npm","name":")" +
           package + R"("},"versions":["1.0.0"]},{"package":{"ecosystem":"PyPI","name":"q"},"versions":["1"]}]})";
  };
  fixture.write("one/a.json", record("p", R"({"type":"WEB","url":"https://example.org/1"})"));
  fixture.write("other/a.json", record("r", R"({"type":"WEB","url":"https://example.org/2"},
                                             {"type":"WEB","url":"https://example.org/1"})"));
  static_cast<void>(fixture.build({"osv:one", "osv:other"}));

  EXPECT_THAT(fixture.open()->references_of("GHSA-1"),
              UnorderedElementsAre("https://example.org/1", "https://example.org/2"));
  EXPECT_THAT(fixture.open()->references_of("GHSA-2"), IsEmpty());
  EXPECT_THAT(fixture.open()->find("npm", "p").at(0).references, IsEmpty());
}

TEST_F(DatabaseTest, TheSameFeedsGiveTheSameContent) {
  fixture.write("osv/other.json",
                R"({"id":"A-1","affected":[{"package":{"ecosystem":"npm","name":"p"},"versions":["1.0.0"]}]})");
  static_cast<void>(fixture.build({"osv:osv"}));
  const std::string first = read_signature(fixture.database()).sha256;
  std::filesystem::remove(fixture.database());

  static_cast<void>(fixture.build({"osv:osv"}));

  EXPECT_EQ(read_signature(fixture.database()).sha256, first);
}

TEST_F(DatabaseTest, TheGenerationOnlyRises) {
  EXPECT_EQ(fixture.build({"osv:osv"}, 1000).info.generation, 1000U);
  EXPECT_EQ(fixture.build({"osv:osv"}, 1000).info.generation, 1001U) << "built twice within a second";
  EXPECT_EQ(fixture.build({"osv:osv"}, 500).info.generation, 1002U) << "the clock went back";
  EXPECT_EQ(fixture.build({"osv:osv"}, 2000).info.generation, 2000U);
}

TEST_F(DatabaseTest, AFeedThatCannotBeReadLeavesTheGoodDatabase) {
  static_cast<void>(fixture.build({"osv:osv"}, 1000));
  fixture.write("broken/good.json", kRequests);
  fixture.write("broken/worse.json", "{\n\"id\": \"A-1\",\n!");

  EXPECT_THAT(message_of([&] { static_cast<void>(fixture.build({"osv:broken"}, 2000)); }),
              HasSubstr("broken/worse.json: line 3"));
  EXPECT_THAT(message_of([&] { static_cast<void>(fixture.build({"osv:nowhere"}, 2000)); }), HasSubstr("no such file"));

  EXPECT_EQ(fixture.open()->info().generation, 1000U);
  EXPECT_FALSE(std::filesystem::exists(fixture.database() + ".building")) << "nothing is left behind";
}

TEST_F(DatabaseTest, AnEntryThatCannotBeReadGivesANote) {
  fixture.write("osv/odd.json",
                R"({"id":"A-1","affected":[{"package":{"ecosystem":"Atari","name":"p"},"versions":["1"]}]})");

  EXPECT_EQ(fixture.build({"osv:osv"}).notes, 1U);

  ASSERT_THAT(fixture.notes(), SizeIs(1));
  EXPECT_THAT(fixture.notes()[0].place, HasSubstr("osv/odd.json"));
}

TEST_F(DatabaseTest, WrongSourcesAndKeysAreNamedBeforeWorkBegins) {
  EXPECT_THAT(message_of([] { static_cast<void>(parse_build_source("oval:x")); }),
              HasSubstr("osv, alpine-secdb, debian-tracker"));
  EXPECT_THAT(message_of([] { static_cast<void>(parse_build_source("osv")); }), HasSubstr("FORMAT:PATH"));
  EXPECT_THAT(message_of([] { static_cast<void>(parse_build_source("osv:")); }), HasSubstr("FORMAT:PATH"));
  std::ofstream(fixture.key()) << "no key";
  EXPECT_THAT(message_of([&] { static_cast<void>(fixture.build({"osv:nowhere"})); }),
              HasSubstr("not an Ed25519 private key"));
}

TEST_F(DatabaseTest, EveryTruncationIsRefusedBeforeItIsMapped) {
  static_cast<void>(fixture.build({"osv:osv"}));
  const auto size = std::filesystem::file_size(fixture.database());
  for (const std::uintmax_t left :
       {size - 1, size - 512, size - 513, size / 2, std::uintmax_t{4096}, std::uintmax_t{512}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(fixture.database(), left);
    EXPECT_THROW(static_cast<void>(fixture.open()), base::ParseError) << left;
  }
  EXPECT_THROW(static_cast<void>(Database::open(fixture.path("nowhere"))), base::ConfigError);
}

TEST_F(DatabaseTest, ADatabaseThatGrewIsRefused) {
  static_cast<void>(fixture.build({"osv:osv"}));
  std::ofstream(fixture.database(), std::ios::app) << "more";
  EXPECT_THROW(static_cast<void>(fixture.open()), base::ParseError);
}

TEST_F(DatabaseTest, OnlyADatabaseIsReplaced) {
  fixture.write("database.db", "my letters");
  EXPECT_THROW(static_cast<void>(fixture.build({"osv:osv"})), base::ParseError);
  EXPECT_EQ(std::filesystem::file_size(fixture.database()), 10U);
}

TEST_F(DatabaseTest, AKeyMadeHereIsTrustedAndVerifies) {
  static_cast<void>(fixture.build({"osv:osv"}, 1000));
  EXPECT_EQ(verify_database(fixture.database(), trusted_keys("")).generation, 1000U);
}

TEST_F(DatabaseTest, PrivateKeysAreForTheirOwnerAlone) {
  struct stat status {};
  ASSERT_EQ(::stat(fixture.key().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_THAT(message_of([&] { make_signing_key(fixture.key()); }), HasSubstr("exists"))
      << "a key is never overwritten";
}

TEST_F(DatabaseTest, AnyChangedByteIsFound) {
  static_cast<void>(fixture.build({"osv:osv"}));
  const TrustedKeys keys = trusted_keys("");
  const auto size = std::filesystem::file_size(fixture.database());
  for (const std::uintmax_t offset :
       {std::uintmax_t{0}, size / 3, size - 600, size - 500, size - 400, size - 200, size - 1}) {
    std::ifstream file(fixture.database(), std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const char before = static_cast<char>(file.get());
    overwrite(offset, static_cast<char>(before ^ 1));
    EXPECT_THROW(verify_database(fixture.database(), keys), base::Error) << offset;
    overwrite(offset, before);
  }
  EXPECT_NO_THROW(verify_database(fixture.database(), keys));
}

TEST_F(DatabaseTest, AKeyFromElsewhereIsTrustedOnlyWhenNamed) {
  static_cast<void>(fixture.build({"osv:osv"}));
  std::filesystem::create_directory(fixture.path("keys"));
  std::filesystem::copy(fixture.key() + ".pub", fixture.path("keys/vendor.pub"));
  std::filesystem::remove_all(own_keys_directory());

  EXPECT_THAT(message_of([&] { verify_database(fixture.database(), trusted_keys("")); }), HasSubstr("--database-keys"));
  EXPECT_NO_THROW(verify_database(fixture.database(), trusted_keys(fixture.path("keys"))));
  EXPECT_THROW(static_cast<void>(trusted_keys(fixture.path("nowhere"))), base::ConfigError);
  fixture.write("keys/bad.pub", "not a key");
  EXPECT_THAT(message_of([&] { static_cast<void>(trusted_keys(fixture.path("keys"))); }), HasSubstr("bad.pub"));
}

TEST_F(DatabaseTest, InstallingVerifiesAndWhatIsNotWantedGoes) {
  static_cast<void>(fixture.build({"osv:osv"}, 1000));
  const std::string first = install_database(fixture.database(), fixture.path("installed"), trusted_keys(""), 0);
  static_cast<void>(fixture.build({"osv:osv"}, 2000));
  const std::string second = install_database(fixture.database(), fixture.path("installed"), trusted_keys(""), 1000);

  EXPECT_EQ(Database::open(second)->info().generation, 2000U);
  EXPECT_EQ(find_installed(fixture.path("installed"), 1000), first);
  EXPECT_EQ(find_installed(fixture.path("installed"), 2000), second);
  remove_installed_except(fixture.path("installed"), {second});
  EXPECT_EQ(find_installed(fixture.path("installed"), 1000), "");
  EXPECT_FALSE(std::filesystem::exists(first));
  EXPECT_THAT(
      message_of([&] {
        static_cast<void>(install_database(fixture.database(), fixture.path("installed"), trusted_keys(""), 2001));
      }),
      HasSubstr("older"));
  overwrite(50, 'X');
  EXPECT_THROW(static_cast<void>(install_database(fixture.database(), fixture.path("installed"), trusted_keys(""), 0)),
               base::ParseError);
  EXPECT_EQ(Database::open(second)->info().generation, 2000U) << "what was installed stays";
}

}  // namespace
}  // namespace scanner::advisories
