// The header of an installed rpm, as its databases hold it: an index of tags and a store of their values.
// https://rpm-software-management.github.io/rpm/manual/format_header.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner::inventory {

// The tags that an inventory needs. Views into the header; empty: absent.
struct RpmHeader {
  std::string_view name;
  std::string_view version;
  std::string_view release;
  std::optional<std::uint32_t> epoch;
  std::string_view architecture;
  std::string_view source_rpm;     // "openssl-3.0.7-24.el9.src.rpm"
  std::string_view module;         // "nodejs:18:9020230308:rhel9"
  std::vector<std::string> files;  // their paths, from the root
};

// Throws base::ParseError for a header whose index or values are out of bounds.
[[nodiscard]] RpmHeader parse_rpm_header(std::string_view blob);

}  // namespace scanner::inventory
