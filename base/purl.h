// Package URLs, https://github.com/package-url/purl-spec: written, and read where an SBOM has them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace base {

// The longest seen has 300 bytes.
inline constexpr std::size_t kPurlBytesMax = 4096;

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

// What a purl says, decoded; empty: absent. The type is in lower case, names are as they stand there. A subpath is left
// out.
struct Purl {
  std::string type{};
  std::string space{};  // segments parted by "/"
  std::string name{};
  std::string version{};
  std::vector<std::pair<std::string, std::string>> qualifiers{};

  [[nodiscard]] std::string_view qualifier(std::string_view key) const;  // empty: absent
};

// nullopt for what is no purl: another scheme, no type or no name, a broken %-escape, more than kPurlBytesMax.
[[nodiscard]] std::optional<Purl> parse_purl(std::string_view text);

}  // namespace base
