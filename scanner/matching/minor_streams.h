// Red Hat keeps some minor releases up beside the newest one (EUS, AUS, E4S, TUS), and mends an issue in each by a
// version of its own: "7.76.1-14.el9_0.9" beside "7.76.1-26.el9_3.2". Those advisories stand under a key of their own
// ("rpm:rhel:9.0") and speak of packages that were built for that minor release, as a package's own version tells.
#pragma once

#include <string>
#include <string_view>

#include "scanner/advisories/advisory.h"

namespace scanner::matching {

// "rpm:rhel:9" and "7.76.1-14.el9_0.9" -> "rpm:rhel:9.0"; empty for another ecosystem, and for a version that tells no
// minor release.
[[nodiscard]] std::string minor_stream_of(std::string_view ecosystem, std::string_view version);

[[nodiscard]] bool is_of_minor_stream(const advisories::Advisory& record);

}  // namespace scanner::matching
