#include "base/cold_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/error.h"
#include "tests/support/layout_writer.h"

namespace base {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kBytesMax = 1 << 20;

class ColdFileTest : public testing::Test {
 protected:
  const tests::TemporaryFolder folder_;
  const std::string directory_ = folder_.file("cold");
};

TEST_F(ColdFileTest, GivesBackWhatItWasGiven) {
  ColdFile file(directory_, kBytesMax);
  const std::string large(10'000, 'x');
  const auto one = file.keep("one");
  const auto empty = file.keep("");
  const auto many = file.keep(large);
  EXPECT_EQ(one->read(), "one");
  EXPECT_EQ(empty->read(), "");
  EXPECT_EQ(many->read(), large);
  EXPECT_FALSE(one->is_in_memory());
}

TEST_F(ColdFileTest, LeavesNoNameBehind) {
  const ColdFile file(directory_, kBytesMax);
  EXPECT_TRUE(fs::is_empty(directory_));
  EXPECT_EQ(fs::status(directory_).permissions(), fs::perms::owner_all);
}

// A process that is killed at once leaves nothing either. The kernel shows where a file lies: one that never had a name
// as a number.
TEST_F(ColdFileTest, NeverHasAName) {
  const ColdFile file(directory_, kBytesMax);
  const int other = open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  ASSERT_GE(other, 0) << "the filesystem of " << directory_
                      << " knows no files without a name: set TMPDIR to one that does";
  close(other);
  std::vector<std::string> seen;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string place = fs::read_symlink(entry.path(), gone).string();
    if (place.starts_with(directory_ + "/")) seen.push_back(place);
  }
  EXPECT_THAT(seen, testing::ElementsAre(testing::StartsWith(directory_ + "/#")));
}

TEST_F(ColdFileTest, IsForItsOwnerAlone) {
  const ColdFile file(directory_, kBytesMax);
  int looked_at = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (!fs::read_symlink(entry.path(), gone).string().starts_with(directory_ + "/")) continue;
    EXPECT_EQ(fs::status(entry.path()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    ++looked_at;
  }
  EXPECT_EQ(looked_at, 1);
}

TEST_F(ColdFileTest, WhatIsGoneMakesRoom) {
  ColdFile file(directory_, kBytesMax);
  const auto first = file.keep(std::string(1'000, 'a'));
  const std::uint64_t size = file.size();
  for (int round = 0; round < 100; ++round) EXPECT_EQ(file.keep(std::string(900, 'b'))->read(), std::string(900, 'b'));
  EXPECT_EQ(file.size(), size);
  EXPECT_EQ(first->read(), std::string(1'000, 'a'));
}

TEST_F(ColdFileTest, PastItsBoundThingsStayInMemory) {
  ColdFile file(directory_, 4'096);
  const auto fits = file.keep(std::string(3'000, 'a'));
  auto kept = file.keep(std::string(3'000, 'b'));
  EXPECT_FALSE(fits->is_in_memory());
  EXPECT_TRUE(kept->is_in_memory());
  EXPECT_EQ(kept->read(), std::string(3'000, 'b'));
  EXPECT_LE(file.size(), 4'096u);
}

TEST_F(ColdFileTest, SaysOnceThatItIsFull) {
  ColdFile file(directory_, 1'024);
  testing::internal::CaptureStderr();
  const auto one = file.keep(std::string(2'000, 'a'));
  const auto fits = file.keep("c");
  const auto two = file.keep(std::string(2'000, 'b'));
  const std::string log = testing::internal::GetCapturedStderr();

  EXPECT_THAT(log, testing::HasSubstr(directory_));
  EXPECT_EQ(std::ranges::count(log, '\n'), 1);
  EXPECT_FALSE(fits->is_in_memory());
  EXPECT_EQ(one->read() + two->read(), std::string(2'000, 'a') + std::string(2'000, 'b'));
}

// Nothing else has them, and a store without them would be wrong in silence.
TEST_F(ColdFileTest, BytesThatAreNotWhatWasWrittenEndTheProcess) {
  ColdFile file(directory_, kBytesMax);
  const auto kept = file.keep(std::string(300, 'a'));
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (!fs::read_symlink(entry.path(), gone).string().starts_with(directory_)) continue;
    const int descriptor = std::stoi(entry.path().filename());
    ASSERT_EQ(pwrite(descriptor, "b", 1, 7), 1);
  }
  EXPECT_DEATH(static_cast<void>(kept->read()), "a disk gives back what was written");
}

TEST_F(ColdFileTest, WhatItGaveOutMayOutliveIt) {
  std::shared_ptr<const ColdBytes> kept;
  {
    ColdFile file(directory_, kBytesMax);
    kept = file.keep("still there");
  }
  EXPECT_EQ(kept->read(), "still there");
}

TEST_F(ColdFileTest, NamesTheDirectoryThatCannotBeWritten) {
  try {
    const ColdFile file("/proc/none", kBytesMax);
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("/proc/none"));
  }
}

TEST_F(ColdFileTest, ManyThreadsKeepAndRead) {
  ColdFile file(directory_, kBytesMax);
  std::vector<std::jthread> threads;
  for (char letter = 'a'; letter < 'e'; ++letter) {
    threads.emplace_back([&file, letter] {
      std::vector<std::shared_ptr<const ColdBytes>> kept(8);
      for (std::size_t round = 0; round < 2'000; ++round) {
        auto& place = kept.at(round % kept.size());
        place = file.keep(std::string(1 + round % 700, letter));
        ASSERT_EQ(place->read(), std::string(1 + round % 700, letter));
      }
    });
  }
}

TEST(ColdBytes, InMemoryNeedNoFile) {
  const ColdBytes bytes("here");
  EXPECT_EQ(bytes.read(), "here");
  EXPECT_TRUE(bytes.is_in_memory());
}

}  // namespace
}  // namespace base
