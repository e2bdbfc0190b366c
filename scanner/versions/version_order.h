// The order of versions of each ecosystem. One .cc per rule, each citing the rule's own specification.
#pragma once

#include <compare>
#include <optional>
#include <string_view>

namespace scanner::versions {

// A total order on the versions it can read. Stateless and thread-safe.
class VersionOrder {
 public:
  virtual ~VersionOrder() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;  // "debian"
  [[nodiscard]] virtual bool readable(std::string_view version) const = 0;
  // nullopt when either side is not a version of this ecosystem: the caller warns, it never guesses.
  [[nodiscard]] virtual std::optional<std::strong_ordering> compare(std::string_view left,
                                                                    std::string_view right) const = 0;
};

[[nodiscard]] const VersionOrder& debian_order();
[[nodiscard]] const VersionOrder& apk_order();
[[nodiscard]] const VersionOrder& pep440_order();
[[nodiscard]] const VersionOrder& semver_order();

// By purl type ("deb", "apk", "pypi", "npm"); nullptr for a type without an order yet.
[[nodiscard]] const VersionOrder* order_for(std::string_view purl_type);

}  // namespace scanner::versions
