#include "crds/finding_exception.h"

#include "base/clock.h"
#include "crds/label_selector_fields.h"
#include "crds/metadata_fields.h"

namespace crds {

constexpr std::array<EnumWord<ExceptionStatus>, 4> enum_words(ExceptionStatus) {
  return {{{ExceptionStatus::kNotAffected, "not_affected"},
           {ExceptionStatus::kAccepted, "accepted"},
           {ExceptionStatus::kUnderInvestigation, "under_investigation"},
           {ExceptionStatus::kFixed, "fixed"}}};
}

template <typename Visitor, MaybeConst<ExceptedVulnerability> C>
void visit_fields(Visitor& visit, C& vulnerability) {
  visit("id", vulnerability.id);
  visit("status", vulnerability.status);
  visit("justification", vulnerability.justification);
  visit("impactStatement", vulnerability.impact_statement);
}

template <typename Visitor, MaybeConst<ExceptionMatch> C>
void visit_fields(Visitor& visit, C& match) {
  visit("images", match.images);
  visit("digests", match.digests);
  visit("packages", match.packages);
  visit("objectSelector", match.object_selector);
  visit("namespaceSelector", match.namespace_selector);
}

template <typename Visitor, MaybeConst<ExpiresWhen> C>
void visit_fields(Visitor& visit, C& when) {
  visit("fixAvailable", when.fix_available);
  visit("exploited", when.exploited);
  visit("epssAbove", when.epss_above);
}

template <typename Visitor, MaybeConst<FindingExceptionSpec> C>
void visit_fields(Visitor& visit, C& spec) {
  visit("vulnerabilities", spec.vulnerabilities);
  visit("match", spec.match);
  visit("reason", spec.reason);
  visit("ticket", spec.ticket);
  visit("expiresAt", spec.expires_at);
  visit("expiresWhen", spec.expires_when);
}

template <typename Visitor, MaybeConst<FindingExceptionStatus> C>
void visit_fields(Visitor& visit, C& status) {
  visit("observedGeneration", status.observed_generation);
  visit("conditions", status.conditions);
  visit("matchedFindings", status.matched_findings);
  visit("matchedWorkloads", status.matched_workloads);
  visit("endsAt", status.ends_at);
}

template <typename Visitor, MaybeConst<FindingException> C>
void visit_fields(Visitor& visit, C& exception) {
  visit("metadata", exception.metadata);
  visit("spec", exception.spec);
  visit("status", exception.status);
}

std::string FindingException::title() const {
  return (cluster_wide() ? kClusterFindingException.kind : kFindingException.kind) + "/" + metadata.name;
}

void from_json(const nlohmann::json& json, FindingException& exception) {
  read_fields(json, exception);
  const std::string& expires_at = exception.spec.expires_at;
  if (!expires_at.empty() && !base::parse_rfc3339(expires_at)) {
    throw base::ParseError("spec.expiresAt: \"" + expires_at.substr(0, 64) + "\" is not an RFC 3339 time");
  }
}

void to_json(nlohmann::json& json, const FindingException& exception) {
  json = write_object(exception.cluster_wide() ? kClusterFindingException : kFindingException, exception);
  if (exception.status == FindingExceptionStatus{}) json.erase("status");
}

void to_json(nlohmann::json& json, const FindingExceptionStatus& status) {
  json = write_fields(status);
}

}  // namespace crds
