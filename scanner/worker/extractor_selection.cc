#include "scanner/worker/extractor_selection.h"

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "scanner/inventory/extractor.h"
#include "scanner/inventory/runtimes/runtime_programs.h"
#include "scanner/inventory/unsupported.h"
#include "scanner/layers/image_path.h"

namespace scanner::worker {
namespace {

void append(std::vector<std::string_view>& paths, std::span<const std::string_view> more) {
  paths.insert(paths.end(), more.begin(), more.end());
}

// Each last part once.
std::vector<std::string_view> last_parts_of(const std::vector<std::string_view>& paths) {
  std::vector<std::string_view> parts;
  for (const std::string_view path : paths) parts.push_back(layers::base_of(path));
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  return parts;
}

template <typename IsMeant>
std::uint64_t bits_of(IsMeant is_meant) {
  const auto& extractors = inventory::all_extractors();
  CHECK(extractors.size() <= 64);
  std::uint64_t bits = 0;
  std::uint64_t bit = 1;
  for (const auto& extractor : extractors) {
    if (is_meant(*extractor)) bits |= bit;
    bit <<= 1;
  }
  return bits;
}

bool contains(const std::vector<std::string_view>& sorted_parts, std::string_view part) {
  return std::binary_search(sorted_parts.begin(), sorted_parts.end(), part);
}

}  // namespace

static_assert(layers::Limits{}.archive_depth_max == inventory::ArchiveLimits{}.depth_max);
static_assert(layers::Limits{}.archive_members_max == inventory::ArchiveLimits{}.members_max);

ExtractorSelection::ExtractorSelection(const layers::Limits& limits)
    : archives_{.depth_max = limits.archive_depth_max, .members_max = limits.archive_members_max} {
  std::uint64_t bit = 1;
  for (const auto& extractor : inventory::all_extractors()) {
    append(fixed_paths_, extractor->fixed_paths());
    append(fixed_directories_, extractor->fixed_directories());
    const std::vector<std::string_view> endings = extractor->endings();
    for (const std::string_view ending : endings) asked_by_last_byte_[static_cast<unsigned char>(ending.back())] |= bit;
    if (endings.empty()) {
      for (std::uint64_t& asked : asked_by_last_byte_) asked |= bit;
    }
    bit <<= 1;
  }
  last_parts_of_paths_ = last_parts_of(fixed_paths_);
  last_parts_of_directories_ = last_parts_of(fixed_directories_);
}

std::uint64_t ExtractorSelection::wanted_by(std::string_view path) const {
  if (path.empty()) return 0;
  const auto& extractors = inventory::all_extractors();
  std::uint64_t bits = 0;
  for (std::uint64_t left = asked_by_last_byte_[static_cast<unsigned char>(path.back())]; left != 0; left &= left - 1) {
    if (extractors[static_cast<std::size_t>(std::countr_zero(left))]->wants(path)) bits |= left & (0 - left);
  }
  return bits;
}

// The last part of a fixed path does not change when a directory above it is a link.
bool ExtractorSelection::may_be_wanted(std::string_view path) const {
  return contains(last_parts_of_paths_, layers::base_of(path)) ||
         contains(last_parts_of_directories_, layers::base_of(layers::parent_of(path)));
}

Extraction ExtractorSelection::read(std::string_view path, std::string_view content) const {
  return inventory::read_file({.path = path, .content = content, .archives = archives_});
}

Extraction ExtractorSelection::read_content(std::string_view kind, std::string_view path,
                                            std::string_view content) const {
  return inventory::read_content(kind, {.path = path, .content = content, .archives = archives_});
}

std::uint64_t ExtractorSelection::readers_of(std::string_view kind) const {
  return bits_of([&](const inventory::Extractor& extractor) { return extractor.content_kind() == kind; });
}

std::vector<std::string> ExtractorSelection::names_of(std::uint64_t extractors) const {
  std::vector<std::string> names;
  for (const auto& extractor : inventory::all_extractors()) {
    if ((extractors & 1U) != 0) names.emplace_back(extractor->name());
    extractors >>= 1U;
  }
  return names;
}

std::string ExtractorSelection::text_mark(std::string_view path) const {
  return inventory::runtime_mark(path);
}

std::string_view ExtractorSelection::unsupported_kind(std::string_view path) const {
  return inventory::recognise_unsupported(path);
}

}  // namespace scanner::worker
