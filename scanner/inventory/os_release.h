// os-release(5): which distribution an image is.
#pragma once

#include <string_view>

#include "scanner/report.h"

namespace scanner::inventory {

// etc/os-release, which counts first, or usr/lib/os-release.
[[nodiscard]] bool is_os_release(std::string_view path);
inline constexpr std::string_view kOsReleasePath = "etc/os-release";

// Lines that cannot be read are passed over, as the page demands; without an ID the distribution is unknown.
[[nodiscard]] Distribution parse_os_release(std::string_view content);

// Whether its packages' versions are told by some feed under its own name: a derivative that is not known must not be
// judged by its parent's advisories.
[[nodiscard]] bool is_known(const Distribution& distribution);

}  // namespace scanner::inventory
