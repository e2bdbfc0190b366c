// Package URLs, https://github.com/package-url/purl-spec: written, never read.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scanner::inventory {

// Parts as they are, not encoded; empty: absent. `type` and `name` must not be empty.
struct PurlParts {
  std::string_view type;   // lower case
  std::string_view space;  // the namespace: "debian", "@angular"; segments parted by "/"
  std::string_view name;   // normalised as the type says
  std::string_view version;
  std::vector<std::pair<std::string_view, std::string_view>> qualifiers;  // in the order of their keys
};

// The canonical form: "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie". Qualifiers without a value are left out.
[[nodiscard]] std::string write_purl(const PurlParts& parts);

}  // namespace scanner::inventory
