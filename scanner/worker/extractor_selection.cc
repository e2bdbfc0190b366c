#include "scanner/worker/extractor_selection.h"

#include <algorithm>

#include "base/error.h"
#include "scanner/inventory/extractor.h"
#include "scanner/inventory/unsupported.h"
#include "scanner/layers/image_path.h"

namespace scanner::worker {
namespace {

void append(std::vector<std::string_view>& paths, std::span<const std::string_view> more) {
  paths.insert(paths.end(), more.begin(), more.end());
}

}  // namespace

ExtractorSelection::ExtractorSelection() {
  for (const auto& extractor : inventory::all_extractors()) {
    append(fixed_paths_, extractor->fixed_paths());
    append(fixed_directories_, extractor->fixed_directories());
  }
}

std::uint32_t ExtractorSelection::wanted_by(std::string_view path) const {
  const auto& extractors = inventory::all_extractors();
  CHECK(extractors.size() <= 32);
  std::uint32_t bits = 0;
  std::uint32_t bit = 1;
  for (const auto& extractor : extractors) {
    if (extractor->wants(path)) bits |= bit;
    bit <<= 1;
  }
  return bits;
}

// The last part of a fixed path does not change when a directory above it is a link.
bool ExtractorSelection::may_be_wanted(std::string_view path) const {
  const std::string_view base = layers::base_of(path);
  const std::string_view folder = layers::base_of(layers::parent_of(path));
  const auto ends_with = [](std::string_view last_part) {
    return [last_part](std::string_view fixed) { return layers::base_of(fixed) == last_part; };
  };
  return std::any_of(fixed_paths_.begin(), fixed_paths_.end(), ends_with(base)) ||
         std::any_of(fixed_directories_.begin(), fixed_directories_.end(), ends_with(folder));
}

Extraction ExtractorSelection::read(std::string_view path, std::string_view content) const {
  return inventory::read_file({.path = path, .content = content});
}

Extraction ExtractorSelection::read_content(std::string_view kind, std::string_view path,
                                            std::string_view content) const {
  return inventory::read_content(kind, {.path = path, .content = content});
}

std::string_view ExtractorSelection::unsupported_kind(std::string_view path) const {
  return inventory::recognise_unsupported(path);
}

}  // namespace scanner::worker
