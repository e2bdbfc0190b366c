// That a file was verified before counts for that very file alone: by what the kernel says of it.
#include "scanner/advisories/verified_files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "tests/scanner/advisories/database_fixture.h"

namespace scanner::advisories {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class VerifiedFilesTest : public testing::Test {
 protected:
  VerifiedFilesTest() {
    fixture_.write("body", "any bytes");
    sign_database(body_, fixture_.key(), 7);
  }
  // Verified, and noted although the file is as young as the test.
  void note() { note_verified(body_, verify_database(body_, trusted_keys("")), note_); }
  Signature verify() { return verify_database_once(body_, trusted_keys(""), note_); }
  // Changes the content and nothing else that a user can set back.
  void change_content() {
    struct stat before {};
    ASSERT_EQ(stat(body_.c_str(), &before), 0);
    std::fstream file(body_, std::ios::binary | std::ios::in | std::ios::out);
    file.put('A');
    file.close();
    const timespec times[] = {before.st_atim, before.st_mtim};
    ASSERT_EQ(utimensat(AT_FDCWD, body_.c_str(), times, 0), 0);
  }
  // One line of the note has another value.
  void change_note(const std::string& line, const std::string& value) {
    std::string content = base::read_file(note_, 10'000);
    const std::size_t at = content.find("\n" + line + " ");
    ASSERT_NE(at, std::string::npos);
    const std::size_t from = at + line.size() + 2;
    content.replace(from, content.find('\n', from) - from, value);
    fixture_.write("note", content);
  }

  tests::DatabaseFixture fixture_;
  const std::string body_ = fixture_.path("body");
  const std::string note_ = fixture_.path("note");
};

// The content is not read: it was changed behind the note's back, by a note of the changed file.
TEST_F(VerifiedFilesTest, WhatIsNotedIsNotHashedAgain) {
  const Signature signature = verify_database(body_, trusted_keys(""));
  change_content();
  note_verified(body_, signature, note_);
  EXPECT_EQ(verify().generation, 7U);
  EXPECT_THROW(verify_database(body_, trusted_keys("")), base::ParseError);
}

TEST_F(VerifiedFilesTest, AFileThatWasTouchedSinceIsHashed) {
  note();
  EXPECT_EQ(verify().generation, 7U);
  change_content();
  EXPECT_THROW(verify(), base::ParseError) << "its size and its time of modification are what they were";
}

TEST_F(VerifiedFilesTest, AnotherFileUnderTheNameIsHashed) {
  note();
  const std::string bad = "A" + base::read_file(body_, 10'000).substr(1);
  fixture_.write("other", bad);
  fs::rename(fixture_.path("other"), body_);
  EXPECT_THROW(verify(), base::ParseError);
}

TEST_F(VerifiedFilesTest, ANoteOfAnotherBootOrKeyOrContentIsNone) {
  for (const char* line : {"file", "sha256", "key", "boot"}) {
    note();
    const std::string good = base::read_file(note_, 10'000);
    change_note(line, "0");
    ASSERT_NE(base::read_file(note_, 10'000), good);
    EXPECT_EQ(verify().generation, 7U) << line;
  }
  fixture_.write("note", "");
  EXPECT_EQ(verify().generation, 7U);
}

TEST_F(VerifiedFilesTest, AKeyThatIsTrustedNoMoreIsRefused) {
  note();
  EXPECT_THROW(verify_database_once(body_, {}, note_), base::ConfigError);
}

// A change in the same tick would leave no trace.
TEST_F(VerifiedFilesTest, AFileThatIsBeingMadeIsNotNoted) {
  EXPECT_EQ(verify().generation, 7U);
  EXPECT_FALSE(fs::exists(note_));
}

TEST_F(VerifiedFilesTest, NothingIsRememberedWithoutAPlace) {
  EXPECT_EQ(verify_database_once(body_, trusted_keys(""), "").generation, 7U);
  EXPECT_EQ(verify_database_once(body_, trusted_keys(""), "/nowhere/note").generation, 7U);
}

TEST_F(VerifiedFilesTest, WhatIsInstalledIsNoted) {
  const std::string installed = install_database(body_, fixture_.path("state"), trusted_keys(""), 0);
  EXPECT_TRUE(fs::exists(installed + ".verified"));
  EXPECT_EQ(verify_installed(installed, trusted_keys("")).generation, 7U);

  std::ofstream(installed, std::ios::binary | std::ios::in).put('A');
  EXPECT_THROW(verify_installed(installed, trusted_keys("")), base::ParseError);

  remove_installed_except(fixture_.path("state"), {});
  EXPECT_TRUE(fs::is_empty(fixture_.path("state")));
}

}  // namespace
}  // namespace scanner::advisories
