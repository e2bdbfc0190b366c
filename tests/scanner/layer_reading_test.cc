// Scans that keep and use the records of layers, with their real children.
#include "scanner/layer_reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <latch>
#include <random>

#include "base/error.h"
#include "scanner/report_json.h"
#include "scanner/scanner.h"
#include "tests/support/compress.h"
#include "tests/support/layout_writer.h"
#include "tests/support/tar_builder.h"
#include "tests/support/test_image.h"

namespace scanner {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using tests::MemoryImageSource;
using tests::TarBuilder;
using tests::TestLayer;

TestLayer packed(const TarBuilder& tar) {
  return {.bytes = tests::gzip(tar.archive())};
}

TestLayer debian() {
  return packed(
      TarBuilder()
          .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
          .file("var/lib/dpkg/status",
                "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2.15-2+b2\n\n"));
}

TestLayer npm_package(const std::string& name, const std::string& version = "1.0.0") {
  return packed(TarBuilder().file("app/node_modules/" + name + "/package.json",
                                  R"({"name":")" + name + R"(","version":")" + version + R"("})"));
}

std::vector<std::string> names_of(const Inventory& inventory) {
  std::vector<std::string> names;
  for (const Package& package : inventory.packages) names.push_back(package.name);
  return names;
}

// Of this process.
std::vector<pid_t> children_now() {
  std::vector<pid_t> found;
  for (const auto& thread : fs::directory_iterator("/proc/self/task")) {
    std::ifstream children(thread.path() / "children");
    for (pid_t child = 0; children >> child;) found.push_back(child);
  }
  return found;
}

void kill_children() {
  for (const pid_t child : children_now()) kill(child, SIGKILL);
}

class LayerReadingTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string scan(MemoryImageSource& source, std::size_t layers_at_once = 2) const {
    inventory_ = scan_image(source, source.digest(), "linux/amd64",
                            {.limits = {}, .cache = cache_, .layers_at_once = layers_at_once}, {}, {});
    return write_inventory(inventory_);
  }
  // Without a cache, layer after layer by one child.
  [[nodiscard]] static std::string scan_afresh(std::vector<TestLayer> layers) {
    MemoryImageSource source(std::move(layers));
    return write_inventory(
        scan_image(source, source.digest(), "linux/amd64", {.limits = {}, .cache = {}, .layers_at_once = 1}, {}, {}));
  }
  // Of this kind: "layer", "image".
  [[nodiscard]] std::vector<fs::path> kept(const std::string& kind) const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      if (entry.path().string().find("." + kind + "-") != std::string::npos) files.push_back(entry.path());
    }
    return files;
  }

  const tests::TemporaryFolder folder_;
  const std::shared_ptr<ScanCache> cache_ =
      std::make_shared<ScanCache>(ScanCacheSettings{.directory = folder_.path().string()});
  mutable Inventory inventory_;  // of the last scan
};

TEST_F(LayerReadingTest, AKnownImageCostsNoByteOfALayer) {
  const std::vector<TestLayer> layers = {debian(), npm_package("left-pad"), npm_package("lodash")};
  MemoryImageSource source(layers);
  const std::string first = scan(source);
  EXPECT_EQ(source.bytes_streamed, layers[0].bytes.size() + layers[1].bytes.size() + layers[2].bytes.size());

  MemoryImageSource again(layers);
  EXPECT_EQ(scan(again), first);
  EXPECT_EQ(again.bytes_streamed, 0U);
  EXPECT_EQ(first, scan_afresh(layers));
  EXPECT_EQ(inventory_.compressed_bytes, source.bytes_streamed);
}

TEST_F(LayerReadingTest, AKnownImageIsPutTogetherAnewWithoutItsInventory) {
  const std::vector<TestLayer> layers = {debian(), npm_package("left-pad")};
  MemoryImageSource first(layers);
  const std::string told = scan(first);
  ASSERT_THAT(kept("image"), SizeIs(1));
  fs::remove(kept("image")[0]);
  MemoryImageSource again(layers);
  EXPECT_EQ(scan(again), told);
  EXPECT_EQ(again.bytes_streamed, 0U);
}

// What is not complete may be so the next time; and limits are of a scan, not of the image.
TEST_F(LayerReadingTest, OnlyAWholeInventoryOfAnImageIsKept) {
  const std::vector<TestLayer> layers = {debian(), npm_package("left-pad")};
  MemoryImageSource cut(layers);
  static_cast<void>(scan_image(cut, cut.digest(), "linux/amd64",
                               {.limits = {.compressed_bytes_max = layers[0].bytes.size()}, .cache = cache_}, {}, {}));
  EXPECT_THAT(kept("image"), IsEmpty());
  MemoryImageSource whole(layers);
  EXPECT_EQ(scan(whole), scan_afresh(layers));
  EXPECT_THAT(kept("image"), SizeIs(1));
  MemoryImageSource cut_again(layers);
  const Inventory inventory =
      scan_image(cut_again, cut_again.digest(), "linux/amd64",
                 {.limits = {.compressed_bytes_max = layers[0].bytes.size()}, .cache = cache_}, {}, {});
  EXPECT_FALSE(inventory.complete);
}

TEST_F(LayerReadingTest, AnImageThatSharesLayersCostsTheOthers) {
  MemoryImageSource first({debian(), npm_package("left-pad")});
  static_cast<void>(scan(first));
  const TestLayer added = npm_package("lodash");
  MemoryImageSource second({debian(), added, npm_package("left-pad")});
  EXPECT_EQ(scan(second), scan_afresh({debian(), added, npm_package("left-pad")}));
  EXPECT_EQ(second.bytes_streamed, added.bytes.size());
  EXPECT_THAT(kept("layer"), SizeIs(3));
}

TEST_F(LayerReadingTest, ALayerThatIsThereTwiceIsReadOnce) {
  const TestLayer layer = npm_package("left-pad");
  const TestLayer removal = packed(TarBuilder().file("app/.wh.node_modules", ""));
  MemoryImageSource source({debian(), layer, removal, layer});
  EXPECT_EQ(scan(source), scan_afresh({debian(), layer, removal, layer}));
  EXPECT_EQ(source.bytes_streamed, debian().bytes.size() + layer.bytes.size() + removal.bytes.size());
  EXPECT_THAT(names_of(inventory_), ElementsAre("bash", "left-pad"));
}

// Two scans that share a layer, at the same time: the second waits until the first has read it.
TEST_F(LayerReadingTest, ALayerThatAnotherScanReadsIsWaitedFor) {
  const TestLayer shared = debian();
  MemoryImageSource first({shared, npm_package("left-pad")});
  MemoryImageSource second({shared, npm_package("lodash")});
  std::latch reading(1);
  std::latch second_began(1);
  first.on_layer = [&](std::size_t layer) {
    if (layer != 0) return;
    reading.count_down();
    second_began.wait();
  };
  second.on_layer = [&](std::size_t layer) {
    EXPECT_EQ(layer, 1U) << "the shared one is read by the first scan";
    second_began.count_down();
  };
  const auto scan_alone = [this](MemoryImageSource& source) {
    return write_inventory(scan_image(source, source.digest(), "linux/amd64",
                                      {.limits = {}, .cache = cache_, .layers_at_once = 2}, {}, {}));
  };
  auto one = std::async(std::launch::async, scan_alone, std::ref(first));
  reading.wait();
  auto two = std::async(std::launch::async, scan_alone, std::ref(second));
  EXPECT_EQ(one.get(), scan_afresh({shared, npm_package("left-pad")}));
  EXPECT_EQ(two.get(), scan_afresh({shared, npm_package("lodash")}));
}

// A registry that drips must not hold up who has the same layer from another.
TEST_F(LayerReadingTest, WhoWaitsForALayerDoesNotWaitLongAndCanBeStopped) {
  LayerTurns turns;
  const base::Digest layer = base::Digest::of("layer");
  const LayerTurns::Turn turn = turns.take(layer, {});
  const auto began = std::chrono::steady_clock::now();
  static_cast<void>(turns.take(base::Digest::of("another"), {}));
  EXPECT_LT(std::chrono::steady_clock::now() - began, LayerTurns::kPatience);
  static_cast<void>(turns.take(layer, {}));
  EXPECT_GE(std::chrono::steady_clock::now() - began, LayerTurns::kPatience);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(static_cast<void>(turns.take(layer, stop.get_token())), base::NetworkError);
}

// That somebody else's image has the layer says nothing of the right to it.
TEST_F(LayerReadingTest, WhoMayNotPullALayerHasNothingOfItsRecord) {
  const std::vector<TestLayer> layers = {debian(), npm_package("secret")};
  MemoryImageSource owner(layers);
  static_cast<void>(scan(owner));

  const std::vector<TestLayer> others = {npm_package("own"), npm_package("secret")};
  MemoryImageSource stranger(others);
  stranger.is_authorised = false;
  stranger.on_layer = [](std::size_t) { throw base::HttpError("the credentials were refused", 403); };
  EXPECT_THROW(static_cast<void>(scan(stranger)), base::HttpError);

  MemoryImageSource unsaid(others);  // a registry that answers no HEAD: the bytes tell
  unsaid.is_authorised = false;
  EXPECT_EQ(scan(unsaid), scan_afresh(others));
  EXPECT_EQ(unsaid.bytes_streamed, others[0].bytes.size() + others[1].bytes.size());
}

TEST_F(LayerReadingTest, APoisonedRecordIsReadAnew) {
  const std::vector<TestLayer> layers = {debian(), npm_package("left-pad")};
  MemoryImageSource first(layers);
  const std::string good = scan(first);
  for (const fs::path& file : kept("image")) fs::remove(file);
  for (const fs::path& file : kept("layer")) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(-3, std::ios::end);
    bytes << "xyz";
  }
  MemoryImageSource second(layers);
  EXPECT_EQ(scan(second), good);
  EXPECT_EQ(second.bytes_streamed, first.bytes_streamed);
  MemoryImageSource third(layers);
  EXPECT_EQ(scan(third), good);
  EXPECT_EQ(third.bytes_streamed, 0U);
}

TEST_F(LayerReadingTest, ALayerThatCannotBeReadIsNotKept) {
  TestLayer broken = npm_package("left-pad");
  broken.bytes.resize(broken.bytes.size() - 10);
  MemoryImageSource source({debian(), broken});
  EXPECT_EQ(scan(source), scan_afresh({debian(), broken}));
  EXPECT_FALSE(inventory_.complete);
  EXPECT_THAT(kept("layer"), SizeIs(1));
}

TEST_F(LayerReadingTest, AChangedExtractorReadsItsLayersAgainAndNoOthers) {
  const std::vector<TestLayer> layers = {debian(), npm_package("left-pad"),
                                         packed(TarBuilder().file("srv/notes", "nothing to be read"))};
  const auto scan_with = [&](MemoryImageSource& source, const ExtractorsHistory& history) {
    const auto cache =
        std::make_shared<ScanCache>(ScanCacheSettings{.directory = folder_.path().string(), .extractors = history});
    return write_inventory(scan_image(source, source.digest(), "linux/amd64",
                                      {.limits = {}, .cache = cache, .layers_at_once = 2}, {}, {}));
  };
  ExtractorsHistory history{{.version = 3, .extractors = {}}};
  MemoryImageSource source(layers);
  const std::string first = scan_with(source, history);

  history.push_back({.version = 4, .extractors = {"npm"}});
  MemoryImageSource again(layers);
  EXPECT_EQ(scan_with(again, history), first);
  EXPECT_EQ(again.bytes_streamed, layers[1].bytes.size());

  history.push_back({.version = 5, .extractors = {"java"}});
  MemoryImageSource unconcerned(layers);
  EXPECT_EQ(scan_with(unconcerned, history), first);
  EXPECT_EQ(unconcerned.bytes_streamed, 0U);

  history.push_back({.version = 6, .extractors = {}});
  MemoryImageSource anew(layers);
  EXPECT_EQ(scan_with(anew, history), first);
  EXPECT_EQ(anew.bytes_streamed, source.bytes_streamed);
}

// Three scans of four layers: each has a child of its own, and they share one more.
TEST_F(LayerReadingTest, ChildrenOfAllScansKeepToOneBudget) {
  const auto budget = std::make_shared<MemoryBudget>(1);
  std::atomic<std::size_t> most = 0;
  const auto read = [&](int number) {
    const std::string name = "package-" + std::to_string(number);
    MemoryImageSource source({debian(), npm_package(name + "-a"), npm_package(name + "-b"), npm_package(name + "-c")});
    source.on_layer = [&](std::size_t) {
      const std::size_t now = children_now().size();
      for (std::size_t seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
    };
    const ScanSettings settings{.limits = {}, .cache = {}, .memory = budget, .layers_at_once = 4};
    return names_of(scan_image(source, source.digest(), "linux/amd64", settings, {}, {})).size();
  };
  std::vector<std::future<std::size_t>> scans;
  for (int number = 0; number < 3; ++number) scans.push_back(std::async(std::launch::async, read, number));
  for (auto& scan : scans) EXPECT_EQ(scan.get(), 4U);
  EXPECT_LE(most, 4U);
}

// Another scan may have all that is lent, and a registry that never ends.
TEST_F(LayerReadingTest, AScanNeedsNothingThatAnotherHas) {
  const auto budget = std::make_shared<MemoryBudget>(1);
  const std::optional<MemoryBudget::Share> held = budget->take({});
  MemoryImageSource source({debian(), npm_package("left-pad"), npm_package("lodash")});
  const ScanSettings settings{.limits = {}, .cache = cache_, .memory = budget, .layers_at_once = 4};
  const Inventory inventory = scan_image(source, source.digest(), "linux/amd64", settings, {}, {});
  EXPECT_TRUE(inventory.complete);
  EXPECT_THAT(names_of(inventory), SizeIs(3));
  EXPECT_EQ(budget->waiting(), 0U);
}

TEST_F(LayerReadingTest, TheNumberOfLayersAtOnceShowsNowhere) {
  std::vector<TestLayer> layers = {debian()};
  for (int number = 0; number < 12; ++number) layers.push_back(npm_package("package" + std::to_string(number % 8)));
  layers.push_back(packed(TarBuilder().file("../out", "").file("app/node_modules/.wh.package3", "")));
  const std::string expected = scan_afresh(layers);
  for (const std::size_t at_once : {1, 2, 3, 16}) {
    MemoryImageSource source(layers);
    const Inventory inventory = scan_image(source, source.digest(), "linux/amd64",
                                           {.limits = {}, .cache = {}, .layers_at_once = at_once}, {}, {});
    EXPECT_EQ(write_inventory(inventory), expected) << at_once;
  }
}

TEST_F(LayerReadingTest, ALayerWhoseChildDiesCostsThatLayer) {
  const TestLayer deadly = npm_package("deadly");
  MemoryImageSource source({debian(), deadly, npm_package("left-pad")});
  source.on_layer = [](std::size_t layer) {
    if (layer == 1) kill_children();
  };
  static_cast<void>(scan(source, 1));
  EXPECT_FALSE(inventory_.complete);
  EXPECT_THAT(names_of(inventory_), ElementsAre("bash", "left-pad"));
  ASSERT_THAT(inventory_.warnings, SizeIs(1));
  EXPECT_EQ(inventory_.warnings[0].reason, "Unreadable");
  EXPECT_EQ(inventory_.warnings[0].path, base::Digest::of(deadly.bytes).text());
  EXPECT_THAT(inventory_.warnings[0].message, HasSubstr("signal 9"));
  EXPECT_THAT(kept("layer"), SizeIs(2));
}

// The first failure is told, and not that the others were stopped for it.
TEST_F(LayerReadingTest, OneLayerThatCannotBeFetchedEndsTheScan) {
  std::vector<TestLayer> layers;
  for (int number = 0; number < 8; ++number) layers.push_back(npm_package("package" + std::to_string(number)));
  for (std::size_t bad = 0; bad < layers.size(); ++bad) {
    MemoryImageSource source(layers);
    source.on_layer = [bad](std::size_t layer) {
      if (layer == bad) throw base::HttpError("blob unknown", 404);
    };
    try {
      static_cast<void>(
          scan_image(source, source.digest(), "linux/amd64", {.limits = {}, .cache = {}, .layers_at_once = 4}, {}, {}));
      FAIL() << "a layer was not there";
    } catch (const base::HttpError& error) {
      EXPECT_STREQ(error.what(), "blob unknown");
    }
  }
}

TEST_F(LayerReadingTest, AStopRequestEndsAllOfIt) {
  MemoryImageSource source({debian(), npm_package("left-pad"), npm_package("lodash")});
  std::stop_source stop;
  source.on_layer = [&](std::size_t) { stop.request_stop(); };
  try {
    static_cast<void>(
        scan_image(source, source.digest(), "linux/amd64", {.limits = {}, .cache = cache_}, {}, stop.get_token()));
    FAIL() << "it went on";
  } catch (const base::NetworkError& error) {
    EXPECT_STREQ(error.what(), "stopped");
  }
}

// A layer with more names than a record may hold is read while the image is put together, each time.
TEST_F(LayerReadingTest, ALayerWithoutARecordIsReadAllTheSame) {
  std::mt19937_64 random(1);
  TarBuilder tar;
  for (int number = 0; number < 1500; ++number) {
    std::string name;
    while (name.size() < 4000) name += std::to_string(random());
    tar.gnu_long_name(name).file("x", "");
  }
  const TestLayer large =
      packed(tar.file("app/node_modules/left-pad/package.json", R"({"name":"left-pad","version":"1.0.0"})"));
  for (int round = 0; round < 2; ++round) {
    MemoryImageSource source({debian(), large});
    static_cast<void>(scan(source));
    EXPECT_TRUE(inventory_.complete);
    EXPECT_THAT(inventory_.warnings, IsEmpty());
    EXPECT_THAT(names_of(inventory_), ElementsAre("bash", "left-pad"));
  }
  EXPECT_THAT(kept("layer"), SizeIs(1));
}

}  // namespace
}  // namespace scanner
