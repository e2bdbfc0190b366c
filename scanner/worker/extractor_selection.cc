#include "scanner/worker/extractor_selection.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "scanner/inventory/extractor.h"
#include "scanner/inventory/os_release.h"
#include "scanner/inventory/unsupported.h"
#include "scanner/layers/image_path.h"

namespace scanner::worker {
namespace {

constexpr std::array<std::string_view, 5> kFixedPaths = {
    "etc/os-release", "usr/lib/os-release", "lib/apk/db/installed", "usr/lib/apk/db/installed", "var/lib/dpkg/status",
};
constexpr std::array<std::string_view, 1> kFixedDirectories = {"var/lib/dpkg/status.d"};

constexpr std::uint32_t kOsReleaseBit = std::uint32_t{1} << 31;

}  // namespace

std::uint32_t ExtractorSelection::wanted_by(std::string_view path) const {
  const auto& extractors = inventory::all_extractors();
  CHECK(extractors.size() < 31);
  std::uint32_t bits = inventory::is_os_release(path) ? kOsReleaseBit : 0;
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
  return std::any_of(kFixedPaths.begin(), kFixedPaths.end(),
                     [&](std::string_view fixed) { return layers::base_of(fixed) == base; }) ||
         std::any_of(kFixedDirectories.begin(), kFixedDirectories.end(),
                     [&](std::string_view fixed) { return layers::base_of(fixed) == folder; });
}

std::string_view ExtractorSelection::unsupported_kind(std::string_view path) const {
  return inventory::recognise_unsupported(path);
}

std::span<const std::string_view> ExtractorSelection::fixed_paths() const {
  return kFixedPaths;
}

std::span<const std::string_view> ExtractorSelection::fixed_directories() const {
  return kFixedDirectories;
}

}  // namespace scanner::worker
