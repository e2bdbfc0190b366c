#include "scanner/worker/image_reader.h"

#include <algorithm>

#include "base/error.h"
#include "scanner/inventory/extractor.h"
#include "scanner/layers/layer_record.h"

namespace scanner::worker {
namespace {

// Borrows from all that it is given.
inventory::ImageContent content_of(const std::vector<layers::KeptFile>& files,
                                   const std::vector<layers::ImageFilesystem::Unsupported>& unsupported,
                                   const std::vector<layers::ImageFilesystem::Program>& programs) {
  inventory::ImageContent content;
  for (const layers::KeptFile& file : files) {
    content.files.push_back({.path = file.path, .layer = file.layer, .extraction = file.extraction.get()});
  }
  for (const auto& file : unsupported) content.unsupported.push_back({.path = file.path, .kind = file.kind});
  for (const auto& file : programs) {
    content.programs.push_back({.path = file.path, .bytes = file.bytes, .is_told = file.is_told});
  }
  return content;
}

void keep_packages(Inventory& inventory, std::size_t count) {
  const std::size_t left_out = inventory.packages.size() - count;
  inventory.packages.resize(count);
  inventory.complete = false;
  inventory.warnings.push_back({.reason = "LimitExceeded",
                                .path = {},
                                .message = "more packages than an inventory may hold; the last in order are left out",
                                .count = left_out,
                                .makes_incomplete = true});
}

}  // namespace

ImageReader::ImageReader(const layers::Limits& limits, layers::SecondThread* walker)
    : limits_(limits),
      walker_(walker),
      selection_(limits),
      warnings_(limits.warnings_max),
      filesystem_(selection_, limits_, warnings_) {}

void ImageReader::begin_layer(std::string_view digest) {
  if (layer_ != nullptr) throw base::ParseError("pipe protocol: a layer begins inside another");
  layer_ = std::make_unique<layers::LayerReader>(state(), std::string(digest), layers::LayerObservers{}, walker_);
}

void ImageReader::feed(std::span<const std::byte> bytes) {
  if (layer_ == nullptr) throw base::ParseError("pipe protocol: data outside a layer");
  layer_->feed(bytes);
}

void ImageReader::end_layer() {
  if (layer_ == nullptr) throw base::ParseError("pipe protocol: a layer ends that did not begin");
  layer_->finish();
  layer_.reset();
}

void ImageReader::merge(std::string_view digest, std::string_view record) {
  if (layer_ != nullptr) throw base::ParseError("pipe protocol: a record inside a layer");
  layers::merge_record(state(), digest, record);
}

Inventory ImageReader::finish() {
  if (layer_ != nullptr) throw base::ParseError("pipe protocol: the image ends inside a layer");
  const std::vector<layers::KeptFile> files = filesystem_.wanted_files();
  const auto unsupported = filesystem_.unsupported_files();
  const auto programs = filesystem_.programs();
  inventory::ImageInventory found = inventory::inventory_of(content_of(files, unsupported, programs));

  Inventory result;
  result.distribution = std::move(found.distribution);
  result.packages = std::move(found.packages);
  result.warnings = std::move(found.warnings);
  result.programs = std::move(found.programs);
  const std::vector<ScanWarning>& mine = warnings_.warnings();
  result.warnings.insert(result.warnings.end(), mine.begin(), mine.end());
  std::sort(result.warnings.begin(), result.warnings.end());
  result.complete = std::none_of(result.warnings.begin(), result.warnings.end(),
                                 [](const ScanWarning& warning) { return warning.makes_incomplete; });
  return result;
}

std::string write_bounded_inventory(Inventory inventory, std::size_t bytes_max) {
  std::string json = write_inventory(inventory);
  while (json.size() > bytes_max && !inventory.packages.empty()) {
    keep_packages(inventory, inventory.packages.size() / 2);
    json = write_inventory(inventory);
  }
  return json;
}

}  // namespace scanner::worker
