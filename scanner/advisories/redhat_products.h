// Red Hat's products that are packages of its Enterprise Linux, by their CPEs, and the keys of their advisories: the
// newest release, minor releases that are kept up beside it, what subscribers get after its end, and add-ons. As the
// documents below https://security.access.redhat.com/data/csaf/v2/vex/ name them.
#pragma once

#include <string>
#include <string_view>

namespace scanner::advisories {

// Behind the key of a release that has ended, "rpm:rhel:7": what its extended life cycle (ELS) mends, for subscribers
// alone and by versions that do not say so.
inline constexpr std::string_view kExtendedLifeSuffix = ":els";

// The key of a product that is not the newest release itself:
// - kept up beside it (EUS, AUS, E4S, TUS): "cpe:/a:redhat:rhel_eus:9.0::appstream" -> "rpm:rhel:9.0"
// - after its end: "cpe:/o:redhat:rhel_els:7" -> "rpm:rhel:7:els"
// - Software Collections, developer tools and extras, whose packages have names of their own:
//   "cpe:/a:redhat:rhel_software_collections:3::el7" -> "rpm:rhel:7"
// Empty for every other name.
[[nodiscard]] std::string redhat_key(std::string_view cpe);

// The minor release that a CPE of a release names, or of a stream of it: "cpe:/o:redhat:enterprise_linux:10.0" ->
// "rpm:rhel:10.0". Empty where it names none.
[[nodiscard]] std::string redhat_minor_key(std::string_view cpe);

// Whether a key is of what is kept up beside or after the newest release: "rpm:rhel:9.0", "rpm:rhel:7:els".
[[nodiscard]] bool is_redhat_stream(std::string_view ecosystem);

}  // namespace scanner::advisories
