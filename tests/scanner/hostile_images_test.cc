// Every image of the forge ends with its verdict, in bounded time and memory, with its reader's parent alive.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/types.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "base/error.h"
#include "registry/oci_layout.h"
#include "scanner/report_json.h"
#include "scanner/scanner.h"
#include "tests/support/forge/forge.h"
#include "tests/support/paths.h"
#include "tests/support/test_image.h"

namespace scanner {
namespace {

#ifdef PRATIQUE_UNDER_SANITIZER  // which takes both for itself
constexpr std::chrono::seconds kSecondsMax{600};
constexpr long kKibibytesMax = 4 << 20;
#else
constexpr std::chrono::seconds kSecondsMax{60};
constexpr long kKibibytesMax = 256 << 10;
#endif
constexpr std::size_t kNamesShown = 5;

// Watches the children of this process: the most memory that one of them has held.
class ChildrenWatch {
 public:
  ChildrenWatch() : watcher_([this](const std::stop_token& stop) { watch(stop); }) {}

  [[nodiscard]] long peak_kibibytes() {
    watcher_.request_stop();
    if (watcher_.joinable()) watcher_.join();
    return peak_;
  }

 private:
  void watch(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream children(thread.path() / "children");
        for (pid_t child = 0; children >> child;) peak_ = std::max(peak_, peak_of(child));
      }
      poll(nullptr, 0, 2);
    }
  }
  // Of the program that it became: until then it shows its parent's.
  [[nodiscard]] static long peak_of(pid_t child) {
    const std::string process = "/proc/" + std::to_string(child);
    std::ifstream arguments(process + "/cmdline");
    std::string program;
    std::string verb;
    std::getline(arguments, program, '\0');
    std::getline(arguments, verb, '\0');
    if (verb != "worker") return 0;
    std::ifstream status(process + "/status");
    for (std::string word; status >> word;) {
      if (word != "VmHWM:") continue;
      long kibibytes = 0;
      status >> kibibytes;
      return kibibytes;
    }
    return 0;
  }

  long peak_ = 0;
  std::jthread watcher_;
};

Inventory scan(const tests::forge::HostileImage& image, std::size_t layers_at_once) {
  std::vector<tests::TestLayer> layers;
  for (const std::string& layer : image.layers) layers.push_back({.bytes = layer});
  tests::MemoryImageSource source(std::move(layers));
  return scan_image(source, source.digest(), "linux/amd64",
                    {.limits = {}, .cache = {}, .layers_at_once = layers_at_once}, {}, {});
}

// "incomplete: bash, other; CorruptLayer etc/x, LimitExceeded": whether all was read, what was found, and why not all.
std::string verdict_of(const Inventory& inventory) {
  std::string verdict = inventory.complete ? "complete:" : "incomplete:";
  std::set<std::string> names;
  for (const Package& package : inventory.packages) names.insert(package.name);
  std::size_t shown = 0;
  for (const std::string& name : names) {
    if (shown++ < kNamesShown) verdict += " " + name;
  }
  if (names.size() > kNamesShown) verdict += fmt::format(" and {} more", names.size() - kNamesShown);
  std::set<std::string> reasons;
  for (const ScanWarning& warning : inventory.warnings) reasons.insert(warning.reason);
  for (const std::string& reason : reasons) verdict += (reason == *reasons.begin() ? "; " : ", ") + reason;
  return verdict;
}

std::string path_of_verdicts() {
  return tests::source_path() / "tests/golden/hostile/verdicts.txt";
}

// One for all tests of this process; with PRATIQUE_UPDATE_GOLDEN=1 they are written instead, to be looked at.
class Verdicts {
 public:
  Verdicts() {
    std::ifstream file(path_of_verdicts());
    for (std::string line; std::getline(file, line);) {
      const std::size_t end = line.find(" -> ");
      if (end != std::string::npos) of_[line.substr(0, end)] = line.substr(end + 4);
    }
  }
  ~Verdicts() {
    if (std::getenv("PRATIQUE_UPDATE_GOLDEN") == nullptr) return;
    std::ofstream file(path_of_verdicts());
    for (const auto& [name, verdict] : of_) file << name << " -> " << verdict << "\n";
  }
  Verdicts(const Verdicts&) = delete;
  Verdicts& operator=(const Verdicts&) = delete;

  void expect(const std::string& name, const std::string& verdict) {
    if (std::getenv("PRATIQUE_UPDATE_GOLDEN") != nullptr) of_[name] = verdict;
    EXPECT_EQ(of_[name], verdict) << name;
  }
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& [name, verdict] : of_) names.insert(name);
    return names;
  }

 private:
  std::map<std::string, std::string> of_;
};

Verdicts& verdicts() {
  static Verdicts verdicts;
  return verdicts;
}

void expect_verdicts(const tests::forge::Images& images) {
  for (const tests::forge::HostileImage& image : images) {
    SCOPED_TRACE(image.name);
    ChildrenWatch children;
    const auto began = std::chrono::steady_clock::now();
    const Inventory inventory = scan(image, 1);
    EXPECT_LE(std::chrono::steady_clock::now() - began, kSecondsMax);
    EXPECT_LE(children.peak_kibibytes(), kKibibytesMax);
    verdicts().expect(image.name, verdict_of(inventory));
    // By the records of its layers, each read by a child of its own.
    if (image.layers.size() > 1) {
      EXPECT_EQ(write_inventory(scan(image, 2)), write_inventory(inventory));
    }
  }
}

// "refused: LimitExceeded", or for each platform that runs on linux/amd64 the verdict of its image.
std::string verdict_of(const tests::forge::HostileLayout& hostile) {
  const tests::TemporaryFolder folder;
  tests::LayoutWriter layout(folder.path());
  hostile.write(layout);
  try {
    const auto source = registry::make_oci_layout_source({.directory = folder.path().string(), .tag = "hostile"});
    const registry::ResolvedImage image = source->resolve({registry::parse_platform("linux/amd64")}, {});
    std::string verdict;
    for (const auto& entry : image.manifests) {
      if (!verdict.empty()) verdict += " | ";
      verdict += verdict_of(scan_image(*source, entry.digest, entry.platform.text(), {}, {}, {}));
    }
    return image.manifests.empty() ? "no image for linux/amd64" : verdict;
  } catch (const base::LimitExceeded&) {
    return "refused: LimitExceeded";
  } catch (const base::ConfigError&) {
    return "refused: ConfigError";
  } catch (const base::ParseError&) {
    return "refused: ParseError";
  }
}

TEST(HostileImages, Manifests) {
  for (const tests::forge::HostileLayout& layout : tests::forge::manifest_layouts()) {
    SCOPED_TRACE(layout.name);
    verdicts().expect(layout.name, verdict_of(layout));
  }
}

TEST(HostileImages, Tars) {
  expect_verdicts(tests::forge::tar_images());
}
TEST(HostileImages, Links) {
  expect_verdicts(tests::forge::link_images());
}
TEST(HostileImages, Streams) {
  expect_verdicts(tests::forge::stream_images());
}
TEST(HostileImages, Whiteouts) {
  expect_verdicts(tests::forge::whiteout_images());
}
TEST(HostileImages, Archives) {
  expect_verdicts(tests::forge::archive_images());
}
TEST(HostileImages, Databases) {
  expect_verdicts(tests::forge::database_images());
}
TEST(HostileImages, Documents) {
  expect_verdicts(tests::forge::document_images());
}
TEST(HostileImages, Endless) {
  expect_verdicts(tests::forge::endless_images());
}

// None was forgotten, and none that is gone is still in the list.
TEST(HostileImages, EachHasItsVerdictAndEachVerdictItsImage) {
  std::set<std::string> names;
  for (const tests::forge::HostileImage& image : tests::forge::joined(
           {tests::forge::tar_images(), tests::forge::link_images(), tests::forge::stream_images(),
            tests::forge::whiteout_images(), tests::forge::archive_images(), tests::forge::database_images(),
            tests::forge::document_images(), tests::forge::endless_images()})) {
    EXPECT_TRUE(names.insert(image.name).second) << image.name << " is there twice";
  }
  for (const auto& layout : tests::forge::manifest_layouts()) names.insert(layout.name);
  EXPECT_GE(names.size(), 150U);
  EXPECT_EQ(verdicts().names(), names);
}

}  // namespace
}  // namespace scanner
