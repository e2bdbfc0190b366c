// The header of an installed rpm, as its databases hold it: an index of tags and a store of their values.
// https://rpm-software-management.github.io/rpm/manual/format_header.html
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "scanner/inventory/byte_reader.h"

namespace scanner::inventory {

// An array of values in a header: a claim, until it is read.
struct RpmArray {
  std::uint32_t offset = 0;
  std::uint32_t count = 0;
};

// The paths of a package's files. Each is in two parts, its directory, by number, and its name: a header of some
// kilobytes can stand for terabytes of paths, so that they are told one by one. A view into the header.
class RpmFiles {
 public:
  RpmFiles() = default;
  struct Arrays {
    RpmArray names;
    RpmArray directory_of;  // each name
    RpmArray directories;
  };
  RpmFiles(const ByteReader& values, const Arrays& arrays) : values_(values), arrays_(arrays) {}

  // From the root. What `on_path` throws goes through. Throws base::ParseError for what is out of bounds, a path that
  // no system has included, and base::LimitExceeded for more directories than a package has.
  void for_each(const std::function<void(std::string_view path)>& on_path) const;

 private:
  ByteReader values_{{}, ByteOrder::kBig};
  Arrays arrays_{};
};

// The tags that an inventory needs. Views into the header; empty: absent.
struct RpmHeader {
  std::string_view name;
  std::string_view version;
  std::string_view release;
  std::optional<std::uint32_t> epoch;
  std::string_view architecture;
  std::string_view source_rpm;  // "openssl-3.0.7-24.el9.src.rpm"
  std::string_view module;      // "nodejs:18:9020230308:rhel9"
  RpmFiles files;
};

// Throws base::ParseError for a header whose index or values are out of bounds.
[[nodiscard]] RpmHeader parse_rpm_header(std::string_view blob);

}  // namespace scanner::inventory
