// Every seed of tests/fuzz/corpus, given once to the target that it is a seed of: what a fuzzer has found once is
// looked for on every run of the tests, without a fuzzer.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "tests/support/layout_writer.h"
#include "tests/support/paths.h"

// The build gives all of them: FUZZ_TARGET(name) FUZZ_TARGET(other) ...
#define FUZZ_TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
PRATIQUE_FUZZ_TARGETS
#undef FUZZ_TARGET

namespace {

namespace fs = std::filesystem;

using Target = int (*)(const std::uint8_t* data, std::size_t size);

const std::map<std::string, Target>& targets() {
  static const std::map<std::string, Target> targets = {
#define FUZZ_TARGET(name) {#name, &fuzz_##name},
      PRATIQUE_FUZZ_TARGETS
#undef FUZZ_TARGET
  };
  return targets;
}

fs::path corpus() {
  return tests::source_path() / "tests/fuzz/corpus";
}

void run(Target target, const std::string& bytes) {
  EXPECT_EQ(target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), 0);
}

// A seed that a target does not survive ends this process, as it ends a fuzzer.
TEST(FuzzCorpora, EachTargetSurvivesItsSeeds) {
  const tests::TemporaryFolder folder;  // for targets that read files
  setenv("TMPDIR", folder.path().c_str(), 1);
  std::size_t seeds = 0;
  for (const auto& [name, target] : targets()) {
    run(target, "");
    for (const auto& file : fs::directory_iterator(corpus() / name)) {
      SCOPED_TRACE(file.path().string());
      std::ifstream input(file.path(), std::ios::binary);
      run(target, {std::istreambuf_iterator<char>(input), {}});
      ++seeds;
    }
  }
  EXPECT_GE(seeds, 140U);
}

TEST(FuzzCorpora, EachFolderIsATargets) {
  std::set<std::string> folders;
  for (const auto& folder : fs::directory_iterator(corpus())) folders.insert(folder.path().filename());
  std::set<std::string> names;
  for (const auto& [name, target] : targets()) names.insert(name);
  EXPECT_EQ(folders, names);
}

}  // namespace
