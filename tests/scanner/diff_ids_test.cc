// Layers that are, uncompressed, what their image's configuration says, and others.
#include "scanner/diff_ids.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "scanner/report_json.h"
#include "scanner/scanner.h"
#include "tests/support/compress.h"
#include "tests/support/layout_writer.h"
#include "tests/support/tar_builder.h"
#include "tests/support/test_image.h"

namespace scanner {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using tests::MemoryImageSource;
using tests::TarBuilder;

std::string npm_package(const std::string& name) {
  return TarBuilder()
      .file("app/node_modules/" + name + "/package.json", R"({"name":")" + name + R"(","version":"1.0.0"})")
      .archive();
}

// An image of these tars, whose configuration says that they are `said`.
MemoryImageSource image_of(const std::vector<std::string>& tars, const std::vector<std::string>& said) {
  std::vector<tests::TestLayer> layers;
  for (const std::string& tar : tars) layers.push_back({.bytes = tests::gzip(tar)});
  std::string diff_ids;
  for (const std::string& tar : said) {
    diff_ids += fmt::format("{}\"{}\"", diff_ids.empty() ? "" : ",", base::Digest::of(tar).text());
  }
  return MemoryImageSource(
      std::move(layers),
      fmt::format(R"({{"os":"linux","architecture":"amd64","rootfs":{{"diff_ids":[{}]}}}})", diff_ids));
}

class DiffIds : public ::testing::Test {
 protected:
  [[nodiscard]] Inventory scan(MemoryImageSource& source, bool verify_diff_ids = true) const {
    return scan_image(source, source.digest(), "linux/amd64",
                      {.cache = cache_, .layers_at_once = 2, .verify_diff_ids = verify_diff_ids}, {}, {});
  }
  [[nodiscard]] std::string written(MemoryImageSource& source, bool verify_diff_ids = true) const {
    return write_inventory(scan(source, verify_diff_ids));
  }

  const tests::TemporaryFolder folder_;
  std::shared_ptr<ScanCache> cache_;  // null unless a test has one
  const std::string left_pad_ = npm_package("left-pad");
  const std::string lodash_ = npm_package("lodash");
};

TEST_F(DiffIds, ThatAreRightChangeNothing) {
  MemoryImageSource source = image_of({left_pad_, lodash_, left_pad_}, {left_pad_, lodash_, left_pad_});
  const Inventory inventory = scan(source);
  EXPECT_TRUE(inventory.complete);
  EXPECT_THAT(inventory.packages, SizeIs(2));
  EXPECT_EQ(source.configs_streamed, 1);

  MemoryImageSource again = image_of({left_pad_, lodash_, left_pad_}, {left_pad_, lodash_, left_pad_});
  EXPECT_EQ(written(again, false), write_inventory(inventory));
  EXPECT_EQ(again.configs_streamed, 0) << "who does not ask pays nothing";
}

TEST_F(DiffIds, ThatDifferMakeTheImageIncomplete) {
  MemoryImageSource source = image_of({left_pad_, lodash_}, {left_pad_, left_pad_});
  const Inventory inventory = scan(source);
  EXPECT_FALSE(inventory.complete);
  EXPECT_THAT(inventory.packages, SizeIs(2)) << "what was found is told all the same";
  ASSERT_THAT(inventory.warnings, SizeIs(1));
  EXPECT_EQ(inventory.warnings[0].reason, "CorruptLayer");
  EXPECT_EQ(inventory.warnings[0].path, base::Digest::of(tests::gzip(lodash_)).text());
  EXPECT_THAT(inventory.warnings[0].message, HasSubstr("its diff_id is " + base::Digest::of(lodash_).text()));
  EXPECT_THAT(inventory.warnings[0].message, HasSubstr("configuration says " + base::Digest::of(left_pad_).text()));
  EXPECT_TRUE(scan(source, false).complete);
}

TEST_F(DiffIds, AreOneForEachLayer) {
  const std::vector<std::vector<std::string>> wrong = {{}, {left_pad_}, {left_pad_, lodash_, lodash_}};
  for (const std::vector<std::string>& said : wrong) {
    MemoryImageSource source = image_of({left_pad_, lodash_}, said);
    EXPECT_THROW(static_cast<void>(scan(source)), base::ParseError) << said.size();
    EXPECT_EQ(source.bytes_streamed, 0U);
  }
}

TEST_F(DiffIds, OfALayerThatEndsTooEarlyWasNotSeen) {
  const std::string cut = left_pad_.substr(0, 530);
  MemoryImageSource source = image_of({cut}, {cut});
  std::string told;
  for (const ScanWarning& warning : scan(source).warnings) told += warning.reason + ": " + warning.message + "\n";
  EXPECT_THAT(told, HasSubstr("Unreadable: not read to its end: whether its diff_id is right was not seen"));
}

TEST_F(DiffIds, WhatIsKnownWithoutThemIsReadAgainOnce) {
  cache_ = std::make_shared<ScanCache>(ScanCacheSettings{.directory = folder_.path().string()});
  const std::vector<std::string> tars = {left_pad_, lodash_};
  MemoryImageSource before = image_of(tars, tars);
  const std::string right = written(before, false);

  MemoryImageSource asked = image_of(tars, tars);
  EXPECT_EQ(written(asked), right);
  EXPECT_EQ(asked.bytes_streamed, before.bytes_streamed);

  MemoryImageSource asked_again = image_of(tars, tars);
  EXPECT_EQ(written(asked_again), right);
  EXPECT_EQ(asked_again.bytes_streamed, 0U);
  EXPECT_EQ(asked_again.configs_streamed, 1);

  MemoryImageSource lying = image_of(tars, {left_pad_, left_pad_});
  EXPECT_FALSE(scan(lying).complete) << "by what was kept of its layers";
  EXPECT_EQ(lying.bytes_streamed, 0U);
}

}  // namespace
}  // namespace scanner
