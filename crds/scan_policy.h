// ScanPolicy and ClusterScanPolicy: what may run. One struct for both kinds; the namespaced kind has metadata.ns.
#pragma once

#include "crds/label_selector.h"
#include "crds/metadata.h"

namespace crds {

inline const kubernetes::ResourceType kScanPolicy{std::string(kGroup), std::string(kVersion), "ScanPolicy",
                                                  "scanpolicies", true};
inline const kubernetes::ResourceType kClusterScanPolicy{std::string(kGroup), std::string(kVersion),
                                                         "ClusterScanPolicy", "clusterscanpolicies", false};

struct PolicyMatch {
  std::optional<LabelSelector> namespace_selector;  // cluster kind only
  std::optional<LabelSelector> object_selector;     // namespaced kind only
  std::vector<std::string> images;                  // globs on the normalised reference; empty: all
  bool operator==(const PolicyMatch&) const = default;
};

enum class PolicyMode : std::uint8_t { kAudit, kWarn, kDeny };
enum class Which : std::uint8_t { kAny, kOnly };
enum class Verdict : std::uint8_t { kAllow, kWarn, kDeny };
enum class UnscannedAction : std::uint8_t { kAllow, kWarn, kDeny, kWait };
enum class NamespacedExceptions : std::uint8_t { kAllow, kForbid };

// Durations (crds/duration.h) during which a finding of the rule is let through.
struct Grace {
  std::string since_published;
  std::string since_fix_available;
  std::string since_first_seen;
  bool operator==(const Grace&) const = default;
};

struct PolicyRule {
  std::string name;
  std::optional<Severity> severity_at_least;
  Severity unknown_severity_as = Severity::kHigh;
  Which fixable = Which::kAny;
  Which exploited = Which::kAny;
  std::optional<double> cvss_at_least;
  std::optional<double> epss_at_least;
  std::vector<std::string> packages;  // purl globs
  std::vector<std::string> ids;
  std::vector<std::string> severity_sources;
  Grace grace;
  std::int64_t max_count = 0;
  std::optional<PolicyMode> mode;  // absent: the policy's
  bool operator==(const PolicyRule&) const = default;
};

struct Unscanned {
  UnscannedAction action = UnscannedAction::kWait;
  std::int64_t wait_seconds = 5;
  Verdict then = Verdict::kDeny;
  bool operator==(const Unscanned&) const = default;
};

struct Continuity {
  std::string window;
  bool operator==(const Continuity&) const = default;
};

struct BreakGlass {
  std::string annotation;
  std::vector<std::string> groups;
  bool operator==(const BreakGlass&) const = default;
};

struct ExceptionSettings {
  NamespacedExceptions namespaced = NamespacedExceptions::kAllow;
  std::string max_duration;
  bool operator==(const ExceptionSettings&) const = default;
};

struct ScanPolicySpec {
  PolicyMatch match;
  PolicyMode mode = PolicyMode::kDeny;
  PolicyMode controllers_mode = PolicyMode::kWarn;
  std::vector<PolicyRule> rules;
  Unscanned unscanned;
  Verdict incomplete = Verdict::kDeny;
  std::string max_tag_age = "10m";
  std::string max_scan_age;
  std::string max_database_age;
  bool require_digest = false;
  std::optional<std::int64_t> min_coverage;  // percent
  bool ratchet = false;
  std::optional<Continuity> continuity;
  std::optional<BreakGlass> break_glass;
  std::optional<ExceptionSettings> exceptions;  // cluster kind only
  std::string message;
  bool operator==(const ScanPolicySpec&) const = default;
};

struct ReasonCount {
  std::string reason;
  std::int64_t count = 0;
  bool operator==(const ReasonCount&) const = default;
};

// Somebody ran what the policy denies, by its break-glass annotation.
struct GlassUse {
  std::string time;  // RFC 3339
  std::string user;
  std::string object;  // "shop/pods/web-1"
  std::string why;     // the annotation's value
  std::string decision_id;
  std::int64_t policy_generation = 0;
  bool operator==(const GlassUse&) const = default;
};

// What one admission replica saw; each applies its own entry.
struct ReplicaDenials {
  std::string name;
  std::int64_t denied_last_24h = 0;
  std::string last_denied;                  // empty: never
  std::vector<GlassUse> broken_glass = {};  // newest first
  bool operator==(const ReplicaDenials&) const = default;
};

struct ScanPolicyStatus {
  std::int64_t observed_generation = 0;
  std::vector<kubernetes::Condition> conditions;  // Ready, Enforced
  std::optional<std::int64_t> rules;              // how many
  std::optional<std::int64_t> matched_workloads;
  std::optional<std::int64_t> would_deny;
  std::optional<std::int64_t> would_warn;
  std::optional<std::int64_t> denied_last_24h;
  std::vector<ReasonCount> top_reasons;
  std::vector<ReplicaDenials> replicas;
  bool operator==(const ScanPolicyStatus&) const = default;
};

struct ScanPolicy {
  Metadata metadata;
  ScanPolicySpec spec;
  ScanPolicyStatus status;

  [[nodiscard]] bool cluster_wide() const { return metadata.ns.empty(); }
  // "ClusterScanPolicy/default"
  [[nodiscard]] std::string title() const;
  bool operator==(const ScanPolicy&) const = default;
};

// Throws base::ParseError that names the field; a duration that cannot be read is one.
void from_json(const nlohmann::json& json, ScanPolicy& policy);
void to_json(nlohmann::json& json, const ScanPolicy& policy);
void to_json(nlohmann::json& json, const ReplicaDenials& replica);
void to_json(nlohmann::json& json, const ScanPolicyStatus& status);

}  // namespace crds
