// Packages of rpm distributions as their vendors' VEX documents name them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scanner::advisories {

// "pkg:rpm/redhat/curl@7.76.1-26.el9_3.2?arch=x86_64&epoch=1&rpmmod=nodejs:18" in parts.
struct RpmPurl {
  std::string name;
  std::string version;  // "1:7.76.1-26.el9_3.2"; empty: any. An epoch of 0 is none
  std::string module;   // "nodejs:18", without version and context; empty: none
  bool is_source = false;
};

// nullopt for what is no purl of an rpm, and for a source package of a version, which has binary ones beside it.
[[nodiscard]] std::optional<RpmPurl> parse_rpm_purl(std::string_view text);

// A component that has no purl: "vim", "container-tools:rhel8/podman", and always a source package. nullopt for what
// cannot be an rpm's name, such as an image's ("rhel9/toolbox").
[[nodiscard]] std::optional<RpmPurl> parse_component(std::string_view product_id);

}  // namespace scanner::advisories
