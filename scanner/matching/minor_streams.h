// Red Hat keeps some minor releases up beside the newest one (EUS, AUS, E4S, TUS), and mends an issue in each by a
// version of its own: "7.76.1-14.el9_0.9" beside "7.76.1-26.el9_3.2". Those advisories stand under a key of their own
// ("rpm:rhel:9.0") and speak of packages that were built for that minor release, as a package's own version tells.
// Of a release that has ended subscribers get more (ELS), by versions that go on where those of all others stopped:
// "1.0.35-29.el7_9.3", under "rpm:rhel:7:els". A package that is as new as such a fix has it; an older one has neither.
#pragma once

#include <string>
#include <string_view>

#include "scanner/advisories/advisory.h"

namespace scanner::matching {

// "rpm:rhel:9" and "7.76.1-14.el9_0.9" -> "rpm:rhel:9.0"; empty for another ecosystem, and for a version that tells no
// minor release.
[[nodiscard]] std::string minor_stream_of(std::string_view ecosystem, std::string_view version);

// "rpm:rhel:7" -> "rpm:rhel:7:els", "rpm:rhel:7:source" -> "rpm:rhel:7:els:source"; empty for another ecosystem.
[[nodiscard]] std::string extended_life_key_of(std::string_view ecosystem);

// Whether it speaks of a minor release, or of a release after its end.
[[nodiscard]] bool is_of_redhat_stream(const advisories::Advisory& record);

// Whether it is of a minor release that is not its release's last: what goes on where the last one stopped says nothing of
// its packages.
[[nodiscard]] bool is_of_earlier_minor(std::string_view ecosystem);
// Whether it is of a release after its end.
[[nodiscard]] bool is_of_extended_life(std::string_view ecosystem);

}  // namespace scanner::matching
