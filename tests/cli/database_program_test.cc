// `pratique database` from end to end.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "tests/cli/program_fixture.h"

namespace tests {
namespace {

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
