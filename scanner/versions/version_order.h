// The order of versions of each ecosystem. One .cc per rule, each citing the rule's own specification.
#pragma once

#include <compare>
#include <optional>
#include <string_view>

namespace scanner::versions {

// A total order on versions. Stateless and thread-safe; nothing here throws or allocates without bound.
class VersionOrder {
 public:
  virtual ~VersionOrder() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;  // "debian"
  // Whether this is a version by the ecosystem's present rules.
  [[nodiscard]] virtual bool readable(std::string_view version) const = 0;
  // Any two texts, in the place that the ecosystem's own tools give them: what is not readable (broken versions, those
  // from before PEP 440) has a place but no meaning. For sorting; a decision is taken by compare().
  [[nodiscard]] virtual std::strong_ordering order(std::string_view left, std::string_view right) const = 0;

  // nullopt when either side is not readable: the caller warns, it never guesses.
  [[nodiscard]] std::optional<std::strong_ordering> compare(std::string_view left, std::string_view right) const {
    if (!readable(left) || !readable(right)) return std::nullopt;
    return order(left, right);
  }
};

[[nodiscard]] const VersionOrder& debian_order();
[[nodiscard]] const VersionOrder& apk_order();
[[nodiscard]] const VersionOrder& pep440_order();
[[nodiscard]] const VersionOrder& semver_order();
[[nodiscard]] const VersionOrder& pub_order();
[[nodiscard]] const VersionOrder& julia_order();
[[nodiscard]] const VersionOrder& bitnami_order();
[[nodiscard]] const VersionOrder& rpm_order();
[[nodiscard]] const VersionOrder& maven_order();
[[nodiscard]] const VersionOrder& gem_order();
[[nodiscard]] const VersionOrder& nuget_order();
[[nodiscard]] const VersionOrder& php_order();  // version_compare's, which composer_order() is made of
[[nodiscard]] const VersionOrder& composer_order();
[[nodiscard]] const VersionOrder& dotted_order();
[[nodiscard]] const VersionOrder& conan_order();

// By purl type ("deb", "apk", "pypi", "npm"); nullptr for a type without an order yet.
[[nodiscard]] const VersionOrder* order_for(std::string_view purl_type);

}  // namespace scanner::versions
