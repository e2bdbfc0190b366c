// Stacks of layers against what containerd makes of them for its overlayfs snapshotter: whatever is wanted of a
// container is found by merging with the same content, or is said to be incomplete. A difference would be a way to hide
// a package.
//
// PRATIQUE_MUTATIONS and PRATIQUE_FIRST_MUTATION as in archive_oracle_test.cc; a tenth as many stacks are tried.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>
#include <string>

#include "tests/scanner/layers/archive_oracle.h"
#include "tests/scanner/layers/layer_stacks.h"
#include "tests/scanner/layers/merge_support.h"
#include "tests/support/shared_data.h"

namespace scanner::layers {
namespace {

struct Opened {
  std::string place;  // behind all links; as the oracle writes it
  std::string content;
};
using Container = std::map<std::string, Opened>;  // by path; all in hexadecimal digits

Container container_of(const std::string& lines) {
  Container container;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string path;
    Opened opened;
    words >> path >> opened.place >> opened.content;
    container[path] = opened;
  }
  return container;
}

// What is told is there, and what is there is told, by one of the names that lead to it.
std::string difference(const Merged& merged, const Container& container) {
  std::set<std::string> told;
  for (const auto& [path, content] : merged.files) {
    const auto opened = container.find(tests::hexadecimal(path));
    if (opened == container.end()) return path + " is nothing in a container";
    if (opened->second.content != tests::hexadecimal(content)) return path + " has other content in a container";
    told.insert(opened->second.place);
  }
  for (const auto& [path, opened] : container) {
    if (!told.contains(opened.place)) return "hidden is the file of this path in hexadecimal digits: " + path;
  }
  return {};
}

TEST(LayerOracle, NothingThatContainerdUnpacksIsMergedOtherwiseOrNotAtAll) {
  if (!tests::can_unpack_layers()) {
    if (tests::in_ci()) FAIL() << "layers are not unpacked here: it takes root, and the kernel's overlayfs";
    GTEST_SKIP() << "DID NOT RUN: layers are not unpacked here: it takes root, and the kernel's overlayfs";
  }
  const auto [first, end] = tests::mutations_to_try();
  const std::uint32_t last = first + (end - first) / 10;
  std::uint32_t unpacked = 0;
  std::uint32_t incomplete = 0;
  std::uint32_t told = 0;

  for (std::uint32_t from = first; from < last; from += tests::kArchivesOfFile) {
    const std::uint32_t count = std::min(tests::kArchivesOfFile, last - from);
    tests::ArchiveOracle oracle("-layers", tests::written_layer_stack, from, count);
    for (std::uint32_t number = from; number < from + count; ++number) {
      const tests::ArchiveReading runtime = oracle.next();
      if (!runtime.is_complete) continue;  // containerd starts no such image
      ++unpacked;
      const Merged merged = merge_bytes(tests::layer_stack(number));
      incomplete += merged.warnings.empty() ? 0 : 1;
      if (!merged.warnings.empty()) continue;
      told += merged.files.empty() ? 0 : 1;
      ASSERT_EQ(difference(merged, container_of(runtime.entries)), "") << "stack " << number;
    }
  }

  // The stacks say something: many are unpacked, few of these are given up, and of many something is told.
  EXPECT_GT(unpacked * 4, last - first);
  EXPECT_LT(incomplete * 2, unpacked);
  EXPECT_GT(told * 4, unpacked);
  fmt::print(
      "{} stacks, of which {} are unpacked by containerd and {} of these called incomplete; of {} a file is told\n",
      last - first, unpacked, incomplete, told);
}

}  // namespace
}  // namespace scanner::layers
