#include "crds/scan_policy.h"

#include "crds/duration.h"
#include "crds/label_selector_fields.h"
#include "crds/metadata_fields.h"

namespace crds {

constexpr std::array<EnumWord<PolicyMode>, 3> enum_words(PolicyMode) {
  return {{{PolicyMode::kAudit, "Audit"}, {PolicyMode::kWarn, "Warn"}, {PolicyMode::kDeny, "Deny"}}};
}
constexpr std::array<EnumWord<Which>, 2> enum_words(Which) {
  return {{{Which::kAny, "Any"}, {Which::kOnly, "Only"}}};
}
constexpr std::array<EnumWord<Verdict>, 3> enum_words(Verdict) {
  return {{{Verdict::kAllow, "Allow"}, {Verdict::kWarn, "Warn"}, {Verdict::kDeny, "Deny"}}};
}
constexpr std::array<EnumWord<UnscannedAction>, 4> enum_words(UnscannedAction) {
  return {{{UnscannedAction::kAllow, "Allow"},
           {UnscannedAction::kWarn, "Warn"},
           {UnscannedAction::kDeny, "Deny"},
           {UnscannedAction::kWait, "Wait"}}};
}
constexpr std::array<EnumWord<NamespacedExceptions>, 2> enum_words(NamespacedExceptions) {
  return {{{NamespacedExceptions::kAllow, "Allow"}, {NamespacedExceptions::kForbid, "Forbid"}}};
}

template <typename Visitor, MaybeConst<PolicyMatch> C>
void visit_fields(Visitor& visit, C& match) {
  visit("namespaceSelector", match.namespace_selector);
  visit("objectSelector", match.object_selector);
  visit("images", match.images);
}

template <typename Visitor, MaybeConst<Grace> C>
void visit_fields(Visitor& visit, C& grace) {
  visit("sincePublished", grace.since_published);
  visit("sinceFixAvailable", grace.since_fix_available);
  visit("sinceFirstSeen", grace.since_first_seen);
}

template <typename Visitor, MaybeConst<PolicyRule> C>
void visit_fields(Visitor& visit, C& rule) {
  visit("name", rule.name);
  visit("severityAtLeast", rule.severity_at_least);
  visit("unknownSeverityAs", rule.unknown_severity_as);
  visit("fixable", rule.fixable);
  visit("exploited", rule.exploited);
  visit("cvssAtLeast", rule.cvss_at_least);
  visit("epssAtLeast", rule.epss_at_least);
  visit("packages", rule.packages);
  visit("ids", rule.ids);
  visit("severitySources", rule.severity_sources);
  visit("grace", rule.grace);
  visit("maxCount", rule.max_count);
  visit("mode", rule.mode);
}

template <typename Visitor, MaybeConst<Unscanned> C>
void visit_fields(Visitor& visit, C& unscanned) {
  visit("action", unscanned.action);
  visit("waitSeconds", unscanned.wait_seconds);
  visit("then", unscanned.then);
}

template <typename Visitor, MaybeConst<Continuity> C>
void visit_fields(Visitor& visit, C& continuity) {
  visit("window", continuity.window);
}

template <typename Visitor, MaybeConst<BreakGlass> C>
void visit_fields(Visitor& visit, C& break_glass) {
  visit("annotation", break_glass.annotation);
  visit("groups", break_glass.groups);
}

template <typename Visitor, MaybeConst<ExceptionSettings> C>
void visit_fields(Visitor& visit, C& exceptions) {
  visit("namespaced", exceptions.namespaced);
  visit("maxDuration", exceptions.max_duration);
}

template <typename Visitor, MaybeConst<ScanPolicySpec> C>
void visit_fields(Visitor& visit, C& spec) {
  visit("match", spec.match);
  visit("mode", spec.mode);
  visit("controllersMode", spec.controllers_mode);
  visit("rules", spec.rules);
  visit("unscanned", spec.unscanned);
  visit("incomplete", spec.incomplete);
  visit("maxTagAge", spec.max_tag_age);
  visit("maxScanAge", spec.max_scan_age);
  visit("maxDatabaseAge", spec.max_database_age);
  visit("requireDigest", spec.require_digest);
  visit("minCoverage", spec.min_coverage);
  visit("ratchet", spec.ratchet);
  visit("continuity", spec.continuity);
  visit("breakGlass", spec.break_glass);
  visit("exceptions", spec.exceptions);
  visit("message", spec.message);
}

template <typename Visitor, MaybeConst<ReasonCount> C>
void visit_fields(Visitor& visit, C& reason) {
  visit("reason", reason.reason);
  visit("count", reason.count);
}

template <typename Visitor, MaybeConst<GlassUse> C>
void visit_fields(Visitor& visit, C& use) {
  visit("time", use.time);
  visit("user", use.user);
  visit("object", use.object);
  visit("why", use.why);
  visit("decisionId", use.decision_id);
  visit("policyGeneration", use.policy_generation);
}

template <typename Visitor, MaybeConst<ReplicaDenials> C>
void visit_fields(Visitor& visit, C& replica) {
  visit("name", replica.name);
  visit("deniedLast24h", replica.denied_last_24h);
  visit("lastDenied", replica.last_denied);
  visit("brokenGlass", replica.broken_glass);
}

template <typename Visitor, MaybeConst<ScanPolicyStatus> C>
void visit_fields(Visitor& visit, C& status) {
  visit("observedGeneration", status.observed_generation);
  visit("conditions", status.conditions);
  visit("rules", status.rules);
  visit("matchedWorkloads", status.matched_workloads);
  visit("wouldDeny", status.would_deny);
  visit("wouldWarn", status.would_warn);
  visit("deniedLast24h", status.denied_last_24h);
  visit("topReasons", status.top_reasons);
  visit("replicas", status.replicas);
}

template <typename Visitor, MaybeConst<ScanPolicy> C>
void visit_fields(Visitor& visit, C& policy) {
  visit("metadata", policy.metadata);
  visit("spec", policy.spec);
  visit("status", policy.status);
}

namespace {

void check_duration(const std::string& path, const std::string& text) {
  if (!text.empty() && !parse_duration(text)) {
    throw base::ParseError(path + ": \"" + text.substr(0, 64) + "\" is not a duration such as 90s, 10m, 12h or 30d");
  }
}

void check_durations(const ScanPolicySpec& spec) {
  check_duration("spec.maxTagAge", spec.max_tag_age);
  check_duration("spec.maxScanAge", spec.max_scan_age);
  check_duration("spec.maxDatabaseAge", spec.max_database_age);
  if (spec.exceptions) check_duration("spec.exceptions.maxDuration", spec.exceptions->max_duration);
  if (spec.continuity) check_duration("spec.continuity.window", spec.continuity->window);
  for (const PolicyRule& rule : spec.rules) {
    check_duration("spec.rules.grace.sincePublished", rule.grace.since_published);
    check_duration("spec.rules.grace.sinceFixAvailable", rule.grace.since_fix_available);
    check_duration("spec.rules.grace.sinceFirstSeen", rule.grace.since_first_seen);
  }
}

}  // namespace

std::string ScanPolicy::title() const {
  return (cluster_wide() ? kClusterScanPolicy.kind : kScanPolicy.kind) + "/" + metadata.name;
}

void from_json(const nlohmann::json& json, ScanPolicy& policy) {
  read_fields(json, policy);
  check_durations(policy.spec);
}

void to_json(nlohmann::json& json, const ScanPolicy& policy) {
  json = write_object(policy.cluster_wide() ? kClusterScanPolicy : kScanPolicy, policy);
  if (policy.status == ScanPolicyStatus{}) json.erase("status");
}

void to_json(nlohmann::json& json, const ReplicaDenials& replica) {
  json = write_fields(replica);
}

void to_json(nlohmann::json& json, const ScanPolicyStatus& status) {
  json = write_fields(status);
}

}  // namespace crds
