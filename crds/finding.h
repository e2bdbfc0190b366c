// Finding: one vulnerability in one source package, or one reference whose containers run another digest than was
// judged, in one namespace: the row of `kubectl get findings`.
#pragma once

#include "crds/metadata.h"

namespace crds {

inline const kubernetes::ResourceType kFinding{std::string(kFindingsGroup), std::string(kVersion), "Finding",
                                               "findings", true};

// The id of the rows that are about no vulnerability: something runs that the gate did not judge.
inline constexpr std::string_view kDigestDriftId = "DigestDrift";

struct FindingVulnerability {
  std::string id;
  std::vector<std::string> aliases;
  std::string title;
  std::string url;
  std::string published;  // RFC 3339
  bool operator==(const FindingVulnerability&) const = default;
};

struct FindingPackage {
  std::string name;
  std::string type;
  std::string purl;
  bool operator==(const FindingPackage&) const = default;
};

struct FindingRating {
  std::string source;
  Severity severity = Severity::kUnknown;
  std::string vector;
  bool operator==(const FindingRating&) const = default;
};

struct Epss {
  std::string score;  // decimal text
  std::string percentile;
  bool operator==(const Epss&) const = default;
};

struct Exploited {
  std::string date_added;
  bool ransomware = false;
  bool operator==(const Exploited&) const = default;
};

struct FindingImage {
  std::string digest;
  std::string reference;
  std::string layer;
  bool operator==(const FindingImage&) const = default;
};

struct FindingWorkload {
  std::string kind;
  std::string name;
  std::string container;
  bool operator==(const FindingWorkload&) const = default;
};

struct FindingSpec {
  FindingVulnerability vulnerability;
  FindingPackage package;
  std::vector<std::string> installed_versions;
  std::vector<std::string> fixed_versions;
  Severity severity = Severity::kUnknown;
  std::string severity_source;
  std::vector<FindingRating> ratings;
  std::optional<Epss> epss;
  std::optional<Exploited> exploited;
  std::vector<FindingImage> images;  // capped; image_count is exact
  std::int64_t image_count = 0;
  std::vector<FindingWorkload> workloads;  // capped; workload_count is exact
  std::int64_t workload_count = 0;
  std::string remediation;
  std::int64_t rank = 0;  // `--sort-by=.spec.rank` shows the worst first
  bool operator==(const FindingSpec&) const = default;
};

enum class FindingState : std::uint8_t { kOpen, kExcepted, kNotAffected, kFixed, kWithdrawn };
[[nodiscard]] std::string_view finding_state_name(FindingState state);

struct FindingStatus {
  std::int64_t observed_generation = 0;
  FindingState state = FindingState::kOpen;
  std::string reason;
  std::string exception;  // "FindingException/name" or "ClusterFindingException/name"
  std::string first_seen;
  std::string last_seen;
  std::string resolved_at;
  bool blocking = false;
  std::string due_by;
  bool operator==(const FindingStatus&) const = default;
};

struct Finding {
  Metadata metadata;
  FindingSpec spec;
  std::optional<FindingStatus> status;
  bool operator==(const Finding&) const = default;
};

// Labels of a Finding; values are a severity's name, a state's name, "true" or "false".
inline constexpr std::string_view kSeverityLabel = "pratique.dev/severity";
inline constexpr std::string_view kFixableLabel = "pratique.dev/fixable";
inline constexpr std::string_view kExploitedLabel = "pratique.dev/exploited";
inline constexpr std::string_view kStateLabel = "pratique.dev/state";

// Throws base::ParseError that names the field.
void from_json(const nlohmann::json& json, Finding& finding);
void to_json(nlohmann::json& json, const Finding& finding);
void to_json(nlohmann::json& json, const FindingSpec& spec);
void to_json(nlohmann::json& json, const FindingStatus& status);

}  // namespace crds
