#include "scanner/worker/image_reader.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "scanner/worker/lone_layer_reader.h"
#include "tests/support/tar_builder.h"

namespace scanner::worker {
namespace {

void feed(ImageReader& image, const std::string& bytes) {
  image.feed(std::as_bytes(std::span(bytes)));
}

Inventory inventory_of(std::size_t packages) {
  Inventory inventory;
  inventory.complete = true;
  for (std::size_t index = 0; index < packages; ++index) {
    inventory.packages.push_back({.type = "npm", .name = "package" + std::to_string(index), .version = "1.0.0"});
  }
  return inventory;
}

TEST(ImageReader, FramesOutOfOrderAreRefused) {
  ImageReader outside;
  EXPECT_THROW(feed(outside, "data"), base::ParseError);
  EXPECT_THROW(outside.end_layer(), base::ParseError);
  outside.begin_layer("sha256:1");
  EXPECT_THROW(outside.begin_layer("sha256:2"), base::ParseError);
  EXPECT_THROW(static_cast<void>(outside.finish()), base::ParseError);
}

TEST(LoneLayerReader, IsFedOneLayerOnce) {
  LoneLayerReader before;
  EXPECT_THROW(before.feed({}), base::ParseError);
  EXPECT_THROW(before.end_layer(), base::ParseError);
  EXPECT_THROW(static_cast<void>(before.finish()), base::ParseError);

  LoneLayerReader twice;
  twice.begin_layer("sha256:1");
  EXPECT_THROW(twice.begin_layer("sha256:2"), base::ParseError);
  EXPECT_THROW(static_cast<void>(twice.finish()), base::ParseError);
  twice.end_layer();
  EXPECT_THROW(twice.begin_layer("sha256:2"), base::ParseError);
}

// A limit of the image that the layer alone reaches: its record says less than the layer holds.
TEST(LoneLayerReader, PastALimitTheRecordIsNotWhole) {
  const std::string tar = tests::TarBuilder().symbolic_link("a", "b").symbolic_link("b", "c").archive();
  for (const std::size_t nodes : {1, 2}) {
    layers::Limits limits;
    limits.kept_nodes_max = nodes;
    LoneLayerReader layer(limits);
    layer.begin_layer("sha256:1");
    layer.feed(std::as_bytes(std::span(tar)));
    layer.end_layer();
    EXPECT_EQ(layers::is_whole_record(layer.finish()), nodes == 2);
  }
}

TEST(ImageReader, CompleteMeansThatNoWarningSaysOtherwise) {
  const std::string good = tests::TarBuilder().file("etc/os-release", "ID=debian\nVERSION_ID=12\n").archive();
  ImageReader clean;
  clean.begin_layer("sha256:1");
  feed(clean, good);
  clean.end_layer();
  EXPECT_TRUE(clean.finish().complete);

  ImageReader broken;
  broken.begin_layer("sha256:1");
  feed(broken, good + "x");
  broken.end_layer();
  const Inventory inventory = broken.finish();
  EXPECT_FALSE(inventory.complete);
  EXPECT_EQ(inventory.distribution.id, "debian");
}

TEST(ImageReader, AnAnswerFitsItsFrame) {
  EXPECT_EQ(write_bounded_inventory(inventory_of(100)), write_inventory(inventory_of(100)));

  const std::string json = write_bounded_inventory(inventory_of(1000), 20'000);
  EXPECT_LE(json.size(), 20'000U);
  const Inventory cut = parse_inventory(json);
  EXPECT_FALSE(cut.complete);
  EXPECT_FALSE(cut.packages.empty());
  std::uint64_t left_out = 0;
  for (const ScanWarning& warning : cut.warnings) left_out += warning.count;
  EXPECT_EQ(cut.packages.size() + left_out, 1000U);
}

}  // namespace
}  // namespace scanner::worker
