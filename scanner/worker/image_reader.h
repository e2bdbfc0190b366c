// What the child does with the frames that it gets: an image in, an inventory out. No I/O and no sandbox of its own, so
// that tests and fuzzers can run it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "scanner/layers/layer_reader.h"
#include "scanner/report.h"
#include "scanner/report_json.h"
#include "scanner/worker/extractor_selection.h"

namespace scanner::worker {

// One image. The calls come in the order of the frames: layers base first, each begun, fed and ended.
class ImageReader {
 public:
  // `walker` as of layers::LayerReader.
  explicit ImageReader(const layers::Limits& limits = {}, layers::SecondThread* walker = nullptr);
  ImageReader(const ImageReader&) = delete;
  ImageReader& operator=(const ImageReader&) = delete;

  void begin_layer(std::string_view digest);
  void feed(std::span<const std::byte> bytes);
  void end_layer();

  // A layer in its place, by its record. Throws base::ParseError for what is none.
  void merge(std::string_view digest, std::string_view record);

  // The inventory without what the parent knows (digest, platform, sizes, version).
  [[nodiscard]] Inventory finish();

 private:
  [[nodiscard]] layers::ImageState state() { return {filesystem_, selection_, limits_, warnings_, tally_}; }

  layers::Limits limits_;
  layers::SecondThread* walker_;
  ExtractorSelection selection_;
  layers::WarningList warnings_;
  layers::ImageFilesystem filesystem_;
  layers::ImageTally tally_;
  std::unique_ptr<layers::LayerReader> layer_;  // the one that is being fed
};

// The inventory as the parent accepts it: packages that would go past its bounds are left out, and a warning says so.
[[nodiscard]] std::string write_bounded_inventory(Inventory inventory, std::size_t bytes_max = kInventoryBytesMax);

}  // namespace scanner::worker
