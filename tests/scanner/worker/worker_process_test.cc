#include "scanner/worker/worker_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "scanner/layers/layer_record.h"
#include "scanner/worker/worker_main.h"
#include "tests/support/compress.h"
#include "tests/support/tar_builder.h"
#include "tests/support/zip_builder.h"

namespace scanner::worker {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

base::SteadyTime in_a_minute() {
  return std::chrono::steady_clock::now() + std::chrono::minutes(1);
}

std::string message_of_death(WorkerProcess& child) {
  try {
    // More than the pipe holds, so that the writer must notice.
    const std::vector<std::byte> bytes(1 << 20);
    for (int i = 0; i < 64; ++i) child.send(bytes);
    static_cast<void>(child.finish());
  } catch (const WorkerDied& error) {
    return error.what();
  }
  return "alive";
}

std::vector<std::string> open_files_of(pid_t pid) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    files.push_back(entry.path().filename());
  }
  return files;
}

TEST(WorkerProcess, IsConfined) {
  const WorkerProcess child(in_a_minute(), {});
  EXPECT_TRUE(child.sandbox().seccomp);
  EXPECT_TRUE(child.sandbox().no_new_privileges);
  EXPECT_TRUE(child.sandbox().resource_limits);
}

TEST(WorkerProcess, HoldsItsPipesAndNoEnvironment) {
  if (geteuid() != 0) GTEST_SKIP() << "DID NOT RUN: only root may look into an undumpable process";
  setenv("PRATIQUE_TEST_SECRET", "canary", 1);
  const WorkerProcess child(in_a_minute(), {});

  EXPECT_THAT(open_files_of(child.pid()), ::testing::UnorderedElementsAre("0", "1", "2"));
  std::ifstream environment("/proc/" + std::to_string(child.pid()) + "/environ");
  const std::string text{std::istreambuf_iterator<char>(environment), {}};
  EXPECT_THAT(text, IsEmpty());
  unsetenv("PRATIQUE_TEST_SECRET");
}

TEST(WorkerProcess, ReadsAnImage) {
  WorkerProcess child(in_a_minute(), {});
  const std::string layer = tests::TarBuilder()
                                .file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n")
                                .file("lib/apk/db/installed", "P:musl\nV:1.2.5-r0\nA:x86_64\no:musl\n\n")
                                .archive();
  child.begin_layer("sha256:layer");
  child.send(std::as_bytes(std::span(layer)));
  child.end_layer();
  const Inventory inventory = child.finish();
  ASSERT_EQ(inventory.packages.size(), 1U);
  EXPECT_EQ(inventory.packages[0].name, "musl");
  EXPECT_EQ(inventory.packages[0].layer, "sha256:layer");
  EXPECT_TRUE(inventory.complete);
}

TEST(WorkerProcess, ReadsALayerAloneAndAnImageByItsRecord) {
  const std::string layer = tests::TarBuilder()
                                .file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.1\n")
                                .file("lib/apk/db/installed", "P:musl\nV:1.2.5-r0\nA:x86_64\no:musl\n\n")
                                .archive();
  WorkerProcess alone(in_a_minute(), {});
  alone.expect_lone_layer();
  alone.begin_layer("sha256:layer");
  alone.send(std::as_bytes(std::span(layer)));
  alone.end_layer();
  const std::string record = alone.finish_lone_layer().record;
  EXPECT_TRUE(layers::is_whole_record(record));

  WorkerProcess child(in_a_minute(), {});
  child.merge("sha256:layer", record);
  const Inventory inventory = child.finish();
  ASSERT_EQ(inventory.packages.size(), 1U);
  EXPECT_EQ(inventory.packages[0].name, "musl");
  EXPECT_EQ(inventory.packages[0].layer, "sha256:layer");
  EXPECT_TRUE(inventory.complete);
}

TEST(WorkerProcess, TellsTheDigestOfWhatALayerIsUnpacked) {
  const std::string tar = tests::TarBuilder().file("a", "x").archive() + std::string(1024, '\0');
  const auto diff_id_of = [](const std::string& layer, DiffId wanted) {
    WorkerProcess alone(in_a_minute(), {});
    alone.expect_lone_layer(wanted);
    alone.begin_layer("sha256:layer");
    alone.send(std::as_bytes(std::span(layer)));
    alone.end_layer();
    return alone.finish_lone_layer().diff_id;
  };
  EXPECT_EQ(diff_id_of(tests::gzip(tar), DiffId::kWanted), base::Digest::of(tar)) << "with what is behind its end";
  EXPECT_EQ(diff_id_of(tests::zstd(tar), DiffId::kWanted), base::Digest::of(tar));
  EXPECT_EQ(diff_id_of(tar, DiffId::kWanted), base::Digest::of(tar));
  EXPECT_EQ(diff_id_of(tar, DiffId::kIgnored), std::nullopt);
  EXPECT_EQ(diff_id_of(tests::gzip(tar).substr(0, 40), DiffId::kWanted), std::nullopt) << "cut off";
}

TEST(WorkerProcess, IsToldItsBudgets) {
  const std::string layer = tests::TarBuilder().file("a", "").file("b", "").archive();
  const auto warnings_within = [&](std::uint64_t entries) {
    layers::Limits budgets;
    budgets.entries_max = entries;
    WorkerProcess child(in_a_minute(), {}, {.budgets = budgets});
    child.begin_layer("sha256:layer");
    child.send(std::as_bytes(std::span(layer)));
    child.end_layer();
    return child.finish().warnings;
  };
  EXPECT_THAT(warnings_within(2), IsEmpty());
  ASSERT_EQ(warnings_within(1).size(), 1U);
  EXPECT_EQ(warnings_within(1)[0].message, "more than 1 files in the image");

  layers::Limits budgets;
  budgets.entries_max = 1;
  WorkerProcess alone(in_a_minute(), {}, {.budgets = budgets});
  alone.expect_lone_layer();
  alone.begin_layer("sha256:layer");
  alone.send(std::as_bytes(std::span(layer)));
  alone.end_layer();
  EXPECT_FALSE(layers::is_whole_record(alone.finish_lone_layer().record));
}

TEST(WorkerProcess, IsToldHowArchivesAreOpened) {
  const std::string inner = tests::ZipBuilder().stored("a.txt", "").stored("b.txt", "").archive();
  const std::string jar = tests::ZipBuilder().stored("inner.jar", inner).archive();
  const std::string layer = tests::TarBuilder().file("app.jar", jar).archive();
  const auto told_within = [&](std::uint64_t depth, std::uint64_t members) {
    layers::Limits budgets;
    budgets.archive_depth_max = depth;
    budgets.archive_members_max = members;
    WorkerProcess child(in_a_minute(), {}, {.budgets = budgets});
    child.begin_layer("sha256:layer");
    child.send(std::as_bytes(std::span(layer)));
    child.end_layer();
    std::string told;
    for (const ScanWarning& warning : child.finish().warnings) {
      if (warning.makes_incomplete && warning.path == "app.jar") told += warning.message;
    }
    return told;
  };
  EXPECT_EQ(told_within(2, 2), "");
  EXPECT_THAT(told_within(1, 2), HasSubstr("inner.jar: archives too deep in one another"));
  EXPECT_THAT(told_within(2, 1), HasSubstr("2 members in a directory"));
}

// A file that never ends: a mebibyte of it is a kibibyte of gzip, again and again.
class EndlessLayer {
 public:
  void send_to(WorkerProcess& child, int mebibytes) const {
    child.begin_layer("sha256:layer");
    child.send(std::as_bytes(std::span(begin_)));
    for (int sent = 0; sent < mebibytes; ++sent) child.send(std::as_bytes(std::span(mebibyte_)));
    child.end_layer();
  }
  static layers::Limits budgets(std::uint64_t cpu_seconds) {
    layers::Limits budgets;
    budgets.layer_raw_bytes_max = budgets.image_raw_bytes_max = budgets.ratio_max = ~std::uint64_t{0};
    budgets.cpu_seconds_max = cpu_seconds;
    return budgets;
  }

 private:
  // 2^60 bytes, as GNU tar writes what has no room in octal digits.
  std::string begin_ = tests::gzip(
      tests::TarBuilder()
          .entry({.path = "zeros", .size_field = "\x80" + std::string(3, '\0') + "\x10" + std::string(7, '\0')})
          .bytes());
  std::string mebibyte_ = tests::gzip(std::string(1 << 20, '\0'));
};

TEST(WorkerProcess, ItsProcessorTimeIsBounded) {
  const EndlessLayer layer;
  WorkerProcess within(in_a_minute(), {}, {.budgets = EndlessLayer::budgets(1)});
  layer.send_to(within, 1);
  EXPECT_THAT(within.finish().warnings, testing::Not(IsEmpty())) << "of a layer that ends inside a file";

  // Some ten minutes' worth, if nothing stopped it.
  WorkerProcess past(in_a_minute(), {}, {.budgets = EndlessLayer::budgets(1)});
  try {
    layer.send_to(past, 1'000'000);
    FAIL() << "it read a TiB";
  } catch (const WorkerDied& error) {
    EXPECT_EQ(error.reason(), "LimitExceeded");
    EXPECT_STREQ(error.what(), "the scan worker needs more than 1 s of processor time");
  }
}

TEST(WorkerProcess, IsNamedByItsProcessorTime) {
  const auto is_one = [](std::vector<const char*> words) {
    words.insert(words.begin(), "pratique-scanner");
    return is_worker(static_cast<int>(words.size()), words.data());
  };
  EXPECT_TRUE(is_one({"worker", "3600"}));
  EXPECT_FALSE(is_one({"worker"}));
  EXPECT_FALSE(is_one({"worker", "3600", "more"}));
  for (const char* wrong : {"", "0", "-1", "1s", "99999999999999999999"})
    EXPECT_FALSE(is_one({"worker", wrong})) << wrong;
}

TEST(WorkerProcess, ADamagedRecordEndsTheChildAndNotTheParent) {
  WorkerProcess child(in_a_minute(), {});
  child.merge("sha256:layer", "no record");
  EXPECT_THROW(static_cast<void>(child.finish()), WorkerDied);

  WorkerProcess alone(in_a_minute(), {});
  alone.expect_lone_layer();
  alone.merge("sha256:layer", "no place for one");
  EXPECT_THROW(static_cast<void>(alone.finish_lone_layer()), WorkerDied);
}

TEST(WorkerProcess, TellsHowItsChildDied) {
  WorkerProcess killed(in_a_minute(), {});
  kill(killed.pid(), SIGALRM);  // no sanitizer catches it
  EXPECT_THAT(message_of_death(killed), HasSubstr("signal 14 (Alarm clock)"));

  WorkerProcess confused(in_a_minute(), {});
  const std::string outside_a_layer = "data";
  confused.send(std::as_bytes(std::span(outside_a_layer)));
  EXPECT_THAT(message_of_death(confused), HasSubstr("it gave up"));
}

TEST(WorkerProcess, DoesNotWaitForAChildThatHangs) {
  WorkerProcess child(std::chrono::steady_clock::now() + std::chrono::seconds(2), {});
  kill(child.pid(), SIGSTOP);
  EXPECT_THROW(static_cast<void>(child.finish()), WorkerTimeout);
}

TEST(WorkerProcess, AStopRequestEndsAWait) {
  std::stop_source stop;
  WorkerProcess child(in_a_minute(), stop.get_token());
  kill(child.pid(), SIGSTOP);
  const std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_THROW(static_cast<void>(child.finish()), base::NetworkError);
}

TEST(WorkerProcess, LeavesNoChildBehind) {
  pid_t pid = 0;
  {
    const WorkerProcess child(in_a_minute(), {});
    pid = child.pid();
    ASSERT_EQ(kill(pid, 0), 0);
  }
  EXPECT_NE(kill(pid, 0), 0);
}

}  // namespace
}  // namespace scanner::worker
