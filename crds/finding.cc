#include "crds/finding.h"

#include "crds/metadata_fields.h"

namespace crds {

constexpr std::array<EnumWord<FindingState>, 5> enum_words(FindingState) {
  return {{{FindingState::kOpen, "Open"},
           {FindingState::kExcepted, "Excepted"},
           {FindingState::kNotAffected, "NotAffected"},
           {FindingState::kFixed, "Fixed"},
           {FindingState::kWithdrawn, "Withdrawn"}}};
}

std::string_view finding_state_name(FindingState state) {
  return enum_words(state)[static_cast<std::size_t>(state)].second;
}

template <typename Visitor, MaybeConst<FindingVulnerability> C>
void visit_fields(Visitor& visit, C& vulnerability) {
  visit("id", vulnerability.id);
  visit("aliases", vulnerability.aliases);
  visit("title", vulnerability.title);
  visit("url", vulnerability.url);
  visit("published", vulnerability.published);
}

template <typename Visitor, MaybeConst<FindingPackage> C>
void visit_fields(Visitor& visit, C& package) {
  visit("name", package.name);
  visit("type", package.type);
  visit("purl", package.purl);
}

template <typename Visitor, MaybeConst<FindingRating> C>
void visit_fields(Visitor& visit, C& rating) {
  visit("source", rating.source);
  visit("severity", rating.severity);
  visit("vector", rating.vector);
}

template <typename Visitor, MaybeConst<Epss> C>
void visit_fields(Visitor& visit, C& epss) {
  visit("score", epss.score);
  visit("percentile", epss.percentile);
}

template <typename Visitor, MaybeConst<Exploited> C>
void visit_fields(Visitor& visit, C& exploited) {
  visit("dateAdded", exploited.date_added);
  visit("ransomware", exploited.ransomware);
}

template <typename Visitor, MaybeConst<FindingImage> C>
void visit_fields(Visitor& visit, C& image) {
  visit("digest", image.digest);
  visit("reference", image.reference);
  visit("layer", image.layer);
}

template <typename Visitor, MaybeConst<FindingWorkload> C>
void visit_fields(Visitor& visit, C& workload) {
  visit("kind", workload.kind);
  visit("name", workload.name);
  visit("container", workload.container);
}

template <typename Visitor, MaybeConst<FindingSpec> C>
void visit_fields(Visitor& visit, C& spec) {
  visit("vulnerability", spec.vulnerability);
  visit("package", spec.package);
  visit("installedVersions", spec.installed_versions);
  visit("fixedVersions", spec.fixed_versions);
  visit("severity", spec.severity);
  visit("severitySource", spec.severity_source);
  visit("ratings", spec.ratings);
  visit("epss", spec.epss);
  visit("exploited", spec.exploited);
  visit("images", spec.images);
  visit("imageCount", spec.image_count);
  visit("workloads", spec.workloads);
  visit("workloadCount", spec.workload_count);
  visit("remediation", spec.remediation);
  visit("rank", spec.rank);
}

template <typename Visitor, MaybeConst<FindingStatus> C>
void visit_fields(Visitor& visit, C& status) {
  visit("observedGeneration", status.observed_generation);
  visit("state", status.state);
  visit("reason", status.reason);
  visit("exception", status.exception);
  visit("firstSeen", status.first_seen);
  visit("lastSeen", status.last_seen);
  visit("resolvedAt", status.resolved_at);
  visit("blocking", status.blocking);
  visit("dueBy", status.due_by);
}

template <typename Visitor, MaybeConst<Finding> C>
void visit_fields(Visitor& visit, C& finding) {
  visit("metadata", finding.metadata);
  visit("spec", finding.spec);
  visit("status", finding.status);
}

void from_json(const nlohmann::json& json, Finding& finding) {
  read_fields(json, finding);
}
void to_json(nlohmann::json& json, const Finding& finding) {
  json = write_object(kFinding, finding);
}
void to_json(nlohmann::json& json, const FindingSpec& spec) {
  json = write_fields(spec);
}
void to_json(nlohmann::json& json, const FindingStatus& status) {
  json = write_fields(status);
}

}  // namespace crds
