#include "scanner/scan_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "scanner/layers/layer_record.h"
#include "tests/support/layout_writer.h"

namespace scanner {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// A record of a layer with one file of this path, `bytes` long or so.
std::string record_of(const std::string& path, std::size_t bytes = 0, const std::vector<std::string>& readers = {}) {
  layers::LayerRecorder recorder;
  recorder.add({.kind = layers::LayerChange::Kind::kOtherFile, .path = path});
  std::string noise;
  for (std::uint32_t state = 1; noise.size() < bytes;) {
    state = state * 1664525 + 1013904223;
    noise.push_back(static_cast<char>(state >> 24));
  }
  recorder.add({.kind = layers::LayerChange::Kind::kKeptFile, .path = path + "/status", .text = noise});
  return recorder.finish({.entries = 1}, {}, readers);
}

class ScanCacheTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string directory() const { return (folder_.path() / "a" / "cache").string(); }

  [[nodiscard]] std::vector<fs::path> files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(directory())) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
  }

  [[nodiscard]] static std::string content_of(const fs::path& file) { return base::read_file(file.string(), 8 << 20); }
  static void write(const fs::path& file, const std::string& content) {
    std::ofstream(file, std::ios::binary) << content;
  }

  const tests::TemporaryFolder folder_;
  const base::Digest layer_ = base::Digest::of("layer");
  const base::Digest other_ = base::Digest::of("other");
};

TEST_F(ScanCacheTest, KeepsARecordForWhoeverComesLater) {
  const std::string record = record_of("etc/passwd");
  ScanCache cache({.directory = directory()});
  EXPECT_EQ(cache.find_layer(layer_), std::nullopt);
  cache.keep_layer(layer_, record);
  EXPECT_EQ(cache.find_layer(layer_), record);
  EXPECT_EQ(cache.find_layer(other_), std::nullopt);

  ScanCache of_another_process({.directory = directory()});
  EXPECT_EQ(of_another_process.find_layer(layer_), record);
  EXPECT_EQ(files().size(), 1U);
}

TEST_F(ScanCacheTest, KeepsWhatConfigsTell) {
  ScanCache cache({.directory = directory(), .bytes_max = 1'000});
  EXPECT_EQ(cache.find_platform(layer_), std::nullopt);
  cache.keep_platform(layer_, "linux\namd64\n\n");
  EXPECT_EQ(cache.find_platform(layer_), "linux\namd64\n\n");
  EXPECT_EQ(cache.find_platform(other_), std::nullopt);
  EXPECT_EQ(cache.find_layer(layer_), std::nullopt);

  for (int number = 0; number < 20; ++number) cache.keep_platform(base::Digest::of(std::to_string(number)), "linux");
  EXPECT_LE(files().size(), 11U) << "what was used least lately goes";
}

TEST_F(ScanCacheTest, KeepsWhatLayersAreUncompressed) {
  ScanCache cache({.directory = directory()});
  EXPECT_EQ(cache.find_diff_id(layer_), std::nullopt);
  cache.keep_diff_id(layer_, other_);
  EXPECT_EQ(cache.find_diff_id(layer_), other_);
  EXPECT_EQ(cache.find_diff_id(other_), std::nullopt);
  EXPECT_EQ(cache.find_layer(layer_), std::nullopt);

  layers::Limits budgets;
  budgets.entries_max = 5;
  EXPECT_EQ(ScanCache({.directory = directory(), .budgets = budgets}).find_diff_id(layer_), other_)
      << "no budget changes it";
  write(files().at(0), content_of(files().at(0)) + "0");
  EXPECT_EQ(cache.find_diff_id(layer_), std::nullopt);
  EXPECT_TRUE(files().empty());
}

// At every length, and with every byte changed.
TEST_F(ScanCacheTest, AFileThatIsNotWhatWasKeptIsDroppedAndMadeAnew) {
  const std::string record = record_of("etc/passwd");
  ScanCache cache({.directory = directory()});
  cache.keep_layer(layer_, record);
  const fs::path file = files().at(0);
  const std::string good = content_of(file);

  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    for (const std::string& bad : {good.substr(0, at), changed}) {
      write(file, bad);
      EXPECT_EQ(cache.find_layer(layer_), std::nullopt) << at;
      EXPECT_FALSE(fs::exists(file)) << at;
    }
  }
  write(file, good + "x");
  EXPECT_EQ(cache.find_layer(layer_), std::nullopt);

  cache.keep_layer(layer_, record);
  EXPECT_EQ(cache.find_layer(layer_), record);
}

TEST_F(ScanCacheTest, ARecordUnderAnotherLayersNameIsNone) {
  ScanCache cache({.directory = directory()});
  cache.keep_layer(layer_, record_of("etc/passwd"));
  const fs::path mine = files().at(0);
  cache.keep_layer(other_, record_of("etc/group"));
  const std::string stolen = content_of(mine);
  for (const fs::path& file : files()) write(file, stolen);
  EXPECT_EQ(cache.find_layer(other_), std::nullopt);
  EXPECT_TRUE(cache.find_layer(layer_).has_value());
}

// The name of a file ends with the versions of the record's format and of the extractors.
TEST_F(ScanCacheTest, WhatOtherExtractorsReadDoesNotCount) {
  ScanCache cache({.directory = directory()});
  cache.keep_layer(layer_, record_of("etc/passwd"));
  const fs::path file = files().at(0);
  EXPECT_THAT(file.filename().string(), HasSubstr(layer_.hex() + "."));
  fs::rename(file, file.string() + "1");
  EXPECT_EQ(cache.find_layer(layer_), std::nullopt);
  fs::rename(file.string() + "1", file);
  EXPECT_TRUE(cache.find_layer(layer_).has_value());
}

// Versions 4 and 5 read files of "java" and of "npm" otherwise, version 3 read anything otherwise.
TEST_F(ScanCacheTest, OlderExtractorsAreAsGoodWhereNoneThatChangedHasAFile) {
  const ExtractorsHistory history{{.version = 3, .extractors = {}},
                                  {.version = 4, .extractors = {"java"}},
                                  {.version = 5, .extractors = {"npm", "rust"}}};
  const auto cache_of = [&](int version) {
    const auto end = history.begin() + (version - 2);
    return ScanCache({.directory = directory(), .extractors = {history.begin(), end}});
  };
  const std::string of_nobody = record_of("a", 0, {});
  const std::string of_dpkg = record_of("b", 0, {"dpkg"});
  const std::string of_java = record_of("c", 0, {"dpkg", "java"});
  const std::string of_npm = record_of("d", 0, {"npm"});
  const auto layer = [](const char* name) { return base::Digest::of(name); };
  {
    ScanCache oldest({.directory = directory(), .extractors = {{.version = 2, .extractors = {}}}});
    oldest.keep_layer(layer("too old"), of_nobody);
    ScanCache old = cache_of(3);
    old.keep_layer(layer("nobody"), of_nobody);
    old.keep_layer(layer("dpkg"), of_dpkg);
    old.keep_layer(layer("java"), of_java);
    old.keep_layer(layer("npm"), of_npm);
    ScanCache newer = cache_of(4);
    EXPECT_EQ(newer.find_layer(layer("npm")), of_npm);
    EXPECT_EQ(newer.find_layer(layer("java")), std::nullopt);
    newer.keep_layer(layer("java"), of_java);
  }
  ScanCache newest = cache_of(5);
  EXPECT_EQ(newest.find_layer(layer("nobody")), of_nobody);
  EXPECT_EQ(newest.find_layer(layer("dpkg")), of_dpkg);
  EXPECT_EQ(newest.find_layer(layer("java")), of_java) << "it was read by 4";
  EXPECT_EQ(newest.find_layer(layer("npm")), std::nullopt);
  EXPECT_EQ(newest.find_layer(layer("too old")), std::nullopt);
}

TEST_F(ScanCacheTest, WhatWasFoundUnderAnOlderVersionIsKeptUnderTheNewest) {
  const std::string record = record_of("a");
  ScanCache({.directory = directory(), .extractors = {{.version = 3, .extractors = {}}}}).keep_layer(layer_, record);
  ScanCache cache({.directory = directory(),
                   .extractors = {{.version = 3, .extractors = {}}, {.version = 4, .extractors = {"java"}}}});
  EXPECT_EQ(cache.find_layer(layer_), record);
  EXPECT_EQ(files().size(), 1U) << "and under no other";
  EXPECT_EQ(cache.find_layer(layer_), record);
}

TEST_F(ScanCacheTest, AnOldRecordThatTellsNoReadersIsReadAgain) {
  const ExtractorsHistory old{{.version = 3, .extractors = {}}};
  ScanCache({.directory = directory(), .extractors = old}).keep_layer(layer_, "no record");
  ScanCache cache({.directory = directory(),
                   .extractors = {{.version = 3, .extractors = {}}, {.version = 4, .extractors = {"java"}}}});
  EXPECT_EQ(cache.find_layer(layer_), std::nullopt);
}

// Who has less time for a layer keeps nothing of it, or the same.
TEST_F(ScanCacheTest, WhatWasReadInOtherProcessorTimeCounts) {
  ScanCache cache({.directory = directory()});
  cache.keep_layer(layer_, record_of("etc/passwd"));
  layers::Limits budgets;
  budgets.cpu_seconds_max = 5;
  EXPECT_EQ(ScanCache({.directory = directory(), .budgets = budgets}).find_layer(layer_), record_of("etc/passwd"));
}

TEST_F(ScanCacheTest, WhatWasReadWithinOtherBudgetsDoesNotCount) {
  ScanCache cache({.directory = directory()});
  cache.keep_layer(layer_, record_of("etc/passwd"));
  layers::Limits budgets;
  budgets.entries_max = 5;
  ScanCache other({.directory = directory(), .budgets = budgets});
  EXPECT_FALSE(other.find_layer(layer_));
  other.keep_layer(layer_, record_of("etc/group"));
  EXPECT_EQ(other.find_layer(layer_), record_of("etc/group"));
  EXPECT_EQ(cache.find_layer(layer_), record_of("etc/passwd"));
}

TEST_F(ScanCacheTest, AnImagesInventoryIsKeptBesideItsLayers) {
  ScanCache cache({.directory = directory()});
  cache.keep_image(layer_, "an inventory");
  EXPECT_EQ(cache.find_layer(layer_), std::nullopt);
  cache.keep_layer(layer_, record_of("etc/passwd"));
  EXPECT_EQ(cache.find_image(layer_), "an inventory");
  EXPECT_EQ(cache.find_image(other_), std::nullopt);
  cache.keep_image(other_, std::string(5 << 20, 'x'));
  EXPECT_EQ(cache.find_image(other_), std::nullopt) << "it is too large to be worth it";
}

TEST_F(ScanCacheTest, WhatWasUsedLeastLatelyGoesFirst) {
  constexpr std::size_t kRecordBytes = 40'000;
  ScanCache cache({.directory = directory(), .bytes_max = 5 * kRecordBytes});
  std::vector<base::Digest> layers;
  const auto keep_another = [&] {
    layers.push_back(base::Digest::of(std::to_string(layers.size())));
    cache.keep_layer(layers.back(), record_of("file", kRecordBytes));
  };
  // Each was used a minute after the one before, but for the first, which was used again.
  const auto make_older = [&](const base::Digest& layer, int minutes) {
    for (const fs::path& file : files()) {
      if (!file.filename().string().starts_with(layer.hex())) continue;
      fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::minutes(minutes));
    }
  };
  for (int number = 0; number < 4; ++number) {
    keep_another();
    make_older(layers.back(), 60 - number);
  }
  ASSERT_TRUE(cache.find_layer(layers[0]).has_value());
  keep_another();
  keep_another();
  EXPECT_TRUE(cache.find_layer(layers[0]).has_value());
  EXPECT_FALSE(cache.find_layer(layers[1]).has_value());
  EXPECT_TRUE(cache.find_layer(layers[5]).has_value());
  std::uint64_t bytes = 0;
  for (const fs::path& file : files()) bytes += fs::file_size(file);
  EXPECT_LE(bytes, 5 * kRecordBytes);
}

TEST_F(ScanCacheTest, WhatADeadWriterLeftGoesWithTheRest) {
  ScanCache cache({.directory = directory(), .bytes_max = 10'000});
  const fs::path old_rest = fs::path(directory()) / "pratique-1.1.part";
  const fs::path new_rest = fs::path(directory()) / "pratique-1.2.part";
  write(old_rest, "half a record");
  write(new_rest, "half a record");
  fs::last_write_time(old_rest, fs::file_time_type::clock::now() - std::chrono::hours(2));
  cache.keep_layer(layer_, record_of("file", 20'000));
  EXPECT_FALSE(fs::exists(old_rest));
  EXPECT_TRUE(fs::exists(new_rest));
}

// Somebody may name a folder that holds other things.
TEST_F(ScanCacheTest, FilesThatAreNotItsOwnAreLeftAlone) {
  fs::create_directories(directory());
  const std::string hex(64, 'a');
  std::vector<fs::path> others;
  for (const std::string& name : {std::string("thesis.odt"), hex, hex + ".txt", hex + ".layers",
                                  std::string("film.part"), std::string(64, 'X') + ".layer-1.1"}) {
    others.push_back(fs::path(directory()) / name);
    write(others.back(), std::string(5'000, 'x'));
    fs::last_write_time(others.back(), fs::file_time_type::clock::now() - std::chrono::hours(100));
  }
  fs::create_directory(fs::path(directory()) / (hex + ".layer-1.1"));
  ScanCache cache({.directory = directory(), .bytes_max = 60'000});
  for (int number = 0; number < 5; ++number) {
    cache.keep_layer(base::Digest::of(std::to_string(number)), record_of("file", 20'000));
  }
  for (const fs::path& other : others) EXPECT_TRUE(fs::exists(other)) << other;
  EXPECT_TRUE(cache.find_layer(base::Digest::of("4")).has_value());
  EXPECT_FALSE(cache.find_layer(base::Digest::of("0")).has_value());
}

TEST_F(ScanCacheTest, ADirectoryThatOthersMayWriteToIsRefused) {
  fs::create_directories(directory());
  chmod(directory().c_str(), 0777);
  try {
    ScanCache cache({.directory = directory()});
    FAIL() << "it was taken";
  } catch (const base::ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("chmod go-w"));
    EXPECT_THAT(error.what(), HasSubstr(directory()));
  }
  chmod(directory().c_str(), 0755);
  EXPECT_EQ(prepare_cache_directory(directory()), "");
}

TEST_F(ScanCacheTest, APlaceWhereNoDirectoryCanBeIsRefused) {
  write(folder_.path() / "file", "");
  EXPECT_THAT(prepare_cache_directory((folder_.path() / "file" / "cache").string()),
              HasSubstr("cannot make the cache"));
}

// What cannot be written is not kept, and no scan fails of it.
TEST_F(ScanCacheTest, ADirectoryThatWentAwayIsAsIfNothingWereKept) {
  ScanCache cache({.directory = directory()});
  fs::remove_all(directory());
  cache.keep_layer(layer_, record_of("etc/passwd"));
  EXPECT_EQ(cache.find_layer(layer_), std::nullopt);
}

TEST_F(ScanCacheTest, ManyMayUseItAtOnce) {
  const std::string record = record_of("etc/passwd", 20'000);
  ScanCache one({.directory = directory(), .bytes_max = 200'000});
  ScanCache two({.directory = directory(), .bytes_max = 200'000});
  std::vector<std::jthread> users;
  std::atomic<int> wrong = 0;
  for (int user = 0; user < 4; ++user) {
    users.emplace_back([&, user] {
      ScanCache& cache = user % 2 == 0 ? one : two;
      for (int round = 0; round < 100; ++round) {
        const base::Digest layer = base::Digest::of(std::to_string(round % 15));
        cache.keep_layer(layer, record);
        const auto found = cache.find_layer(layer);
        if (found && *found != record) ++wrong;
      }
    });
  }
  users.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace scanner
