// What all our kinds have in common: metav1.ObjectMeta as far as Pratique reads or writes it, severities and counts.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kubernetes/resource.h"

namespace crds {

inline constexpr std::string_view kGroup = "pratique.dev";
inline constexpr std::string_view kFindingsGroup = "findings.pratique.dev";
inline constexpr std::string_view kVersion = "v1alpha1";

// Label on every object that Pratique makes, with the value below.
inline constexpr std::string_view kManagedByLabel = "app.kubernetes.io/managed-by";
inline constexpr std::string_view kManagedByPratique = "pratique";
// Annotation of an ImageScan: a new value asks for a new resolution now.
inline constexpr std::string_view kRescanRequestedAt = "pratique.dev/rescan-requested-at";
// Beside it, with the same value, where Pratique asks by itself. A value of the other that is not this one's is a
// person's, who wants the image read by this cluster's own scanners.
inline constexpr std::string_view kResolutionRequestedAt = "pratique.dev/resolution-requested-at";

struct OwnerReference {
  std::string api_version;
  std::string kind;
  std::string name;
  std::string uid;
  std::optional<bool> controller;
  bool operator==(const OwnerReference&) const = default;
};

struct Metadata {
  std::string name;
  std::string ns;  // "namespace"; empty for cluster scope
  std::string uid;
  std::string resource_version;
  std::optional<std::int64_t> generation;
  std::string creation_timestamp;  // RFC 3339
  std::string deletion_timestamp;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::vector<OwnerReference> owner_references;

  [[nodiscard]] kubernetes::ObjectKey key() const { return {ns, name}; }
  bool operator==(const Metadata&) const = default;
};

enum class Severity : std::uint8_t { kUnknown, kLow, kMedium, kHigh, kCritical };
[[nodiscard]] std::string_view severity_name(Severity severity);  // "Unknown", "Low", ...
[[nodiscard]] std::optional<Severity> parse_severity(std::string_view text);

// Findings by severity, and of all of them how many are fixable, known to be exploited, excepted.
struct SeverityCounts {
  std::int64_t critical = 0;
  std::int64_t high = 0;
  std::int64_t medium = 0;
  std::int64_t low = 0;
  std::int64_t unknown = 0;
  std::int64_t fixable = 0;
  std::int64_t exploited = 0;
  std::int64_t excepted = 0;
  bool operator==(const SeverityCounts&) const = default;
};

}  // namespace crds
