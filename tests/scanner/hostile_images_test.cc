// Every image of the forge ends with its verdict, in bounded time and memory and on one processor, with its reader's
// parent alive, nothing written and nobody asked.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "base/error.h"
#include "registry/oci_layout.h"
#include "scanner/report_json.h"
#include "scanner/scanner.h"
#include "tests/scanner/hostile_surroundings.h"
#include "tests/support/forge/forge.h"
#include "tests/support/paths.h"
#include "tests/support/shared_data.h"
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

// Made before the first test, and thread, of this process.
const tests::Surroundings& surroundings() {
  static const tests::Surroundings surroundings;
  return surroundings;
}

class InSurroundings : public ::testing::Environment {
 public:
  void SetUp() override { static_cast<void>(surroundings()); }
};
const auto* const environment = ::testing::AddGlobalTestEnvironment(new InSurroundings);

// What `scan` gives, at a cost that every image must keep to.
template <typename Scan>
auto within_bounds(Scan scan) {
  tests::Cost cost;
  auto result = [&] {
    tests::Observation observation(surroundings());
    auto scanned = scan();
    cost = observation.cost();
    return scanned;
  }();
  EXPECT_LE(cost.processor, kSecondsMax);
  EXPECT_LE(cost.peak_kibibytes, kKibibytesMax);
  EXPECT_EQ(cost.written, "");
  if (surroundings().refused().empty()) {
    EXPECT_EQ(cost.packets, 0);
  }
  return result;
}

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

void expect_verdict(const tests::forge::HostileImage& image) {
  SCOPED_TRACE(image.name);
  const Inventory inventory = within_bounds([&] { return scan(image, 1); });
  verdicts().expect(image.name, verdict_of(inventory));
  // By the records of its layers, each read by a child of its own.
  if (image.layers.size() > 1) {
    const Inventory by_records = within_bounds([&] { return scan(image, 2); });
    EXPECT_EQ(write_inventory(by_records), write_inventory(inventory));
  }
}

void expect_verdicts(const tests::forge::Images& images) {
  for (const tests::forge::HostileImage& image : images) expect_verdict(image);
}

void expect_verdicts(const tests::forge::Amplifiers& amplifiers) {
  for (const tests::forge::Amplifier& amplifier : amplifiers) expect_verdict(amplifier.make());
}

// "refused: LimitExceeded", or for each platform that runs on linux/amd64 the verdict of its image.
std::string verdict_of(const std::filesystem::path& layout) {
  try {
    const auto source = registry::make_oci_layout_source({.directory = layout.string(), .tag = "hostile"});
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
    const tests::TemporaryFolder folder;
    tests::LayoutWriter writer(folder.path());
    layout.write(writer);
    verdicts().expect(layout.name, within_bounds([&] { return verdict_of(folder.path()); }));
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
TEST(HostileImages, FilesThatAmplify) {
  expect_verdicts(tests::forge::amplifier_files());
}
TEST(HostileImages, LayersThatAmplify) {
  expect_verdicts(tests::forge::amplifier_layers());
}

// Who watches the scans sees what they must not do.
TEST(HostileImages, WhatIsWrittenAndSentWouldBeSeen) {
  if (!surroundings().refused().empty()) {
    if (tests::in_ci()) FAIL() << "packets are not counted: " << surroundings().refused();
    GTEST_SKIP() << "DID NOT RUN: " << surroundings().refused();
  }
  tests::Cost cost;
  {
    tests::Observation observation(surroundings());
    std::ofstream("a-file") << "some bytes" << std::flush;
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (const std::uint32_t to : {INADDR_LOOPBACK, 0xc0000201U}) {  // 192.0.2.1
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(9);
      address.sin_addr.s_addr = htonl(to);
      static_cast<void>(::sendto(socket, "x", 1, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address));
    }
    ::close(socket);
    cost = observation.cost();
  }
  EXPECT_THAT(cost.written, ::testing::HasSubstr("a-file"));
  EXPECT_THAT(cost.written, ::testing::HasSubstr("a file past its limit"));
  EXPECT_GE(cost.packets, 3) << "sent and received, and one without a way";
  std::filesystem::remove("a-file");
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
  for (const auto& amplifier :
       tests::forge::joined({tests::forge::amplifier_files(), tests::forge::amplifier_layers()})) {
    EXPECT_TRUE(names.insert(amplifier.name).second) << amplifier.name << " is there twice";
  }
  for (const auto& layout : tests::forge::manifest_layouts()) names.insert(layout.name);
  EXPECT_GE(names.size(), 400U);
  EXPECT_EQ(verdicts().names(), names);
}

}  // namespace
}  // namespace scanner
