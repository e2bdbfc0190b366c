// Which distribution an image is: os-release(5), and for what is older (CentOS 6, Red Hat's and Oracle's 6) the line in
// a file of its own.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

// Counts before any other file that names the distribution.
inline constexpr std::string_view kOsReleasePath = "etc/os-release";

class OsReleaseExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return "os-release"; }
  [[nodiscard]] int version() const override { return 2; }
  [[nodiscard]] bool wants(std::string_view path) const override;
  [[nodiscard]] Extraction extract(const ImageFile& file) const override;
  [[nodiscard]] std::span<const std::string_view> fixed_paths() const override;
  [[nodiscard]] std::vector<std::string_view> example_paths() const override {
    return {kOsReleasePath, "etc/centos-release"};
  }
};

// Of two files that name a distribution the one of the lower rank is believed: os-release before all others, and who
// rebuilt Red Hat's before Red Hat, whose file the others have, too.
[[nodiscard]] std::size_t rank_of_release_file(std::string_view path);

// "CentOS release 6.10 (Final)"; unknown for a name that is none of the distributions with rpm that had such a file
// alone.
[[nodiscard]] Distribution parse_release_line(std::string_view content);

// Lines that cannot be read are passed over, as the page demands; without an ID the distribution is unknown.
[[nodiscard]] Distribution parse_os_release(std::string_view content);

// Whether its packages' versions are told by some feed under its own name: a derivative that is not known must not be
// judged by its parent's advisories.
[[nodiscard]] bool is_known(const Distribution& distribution);

}  // namespace scanner::inventory
