#include "policy/rules.h"

#include <algorithm>
#include <array>

#include "crds/duration.h"
#include "policy/glob.h"
#include "policy/vulnerability_id.h"

namespace policy {
namespace {

bool is_listed(const std::vector<std::string>& ids, const FindingFacts& finding) {
  return std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
    return same_id(id, finding.id) || std::any_of(finding.aliases.begin(), finding.aliases.end(),
                                                  [&](const std::string& alias) { return same_id(id, alias); });
  });
}

bool carries_package(const std::vector<std::string>& patterns, const FindingFacts& finding) {
  return any_glob_matches_purl(patterns,
                               "pkg:" + finding.package_type + "/" + finding.package + "@" + finding.installed) ||
         std::any_of(finding.purls.begin(), finding.purls.end(),
                     [&](const std::string& purl) { return any_glob_matches_purl(patterns, purl); });
}

double cvss_upper_end(crds::Severity severity) {
  static constexpr std::array<double, 5> kUpperEnds{10.0, 3.9, 6.9, 8.9, 10.0};  // Unknown may be anything
  return kUpperEnds.at(static_cast<std::size_t>(severity));
}

// `since` and `length` where both are known.
std::optional<base::SystemTime> end_after(std::optional<base::SystemTime> since,
                                          std::optional<std::chrono::seconds> length) {
  if (!since || !length) return std::nullopt;
  return *since + *length;
}

// The first rating of the rule's sources, in their order, for which `holds`; null: none.
template <typename Holds>
const SourceSeverity* preferred(const Rule& rule, const FindingFacts& finding, const Holds& holds) {
  for (const std::string& source : rule.spec.severity_sources) {
    for (const SourceSeverity& rating : finding.ratings) {
      if (rating.source == source && holds(rating)) return &rating;
    }
  }
  return nullptr;
}

}  // namespace

Policy compile(const crds::ScanPolicy& policy) {
  const crds::ScanPolicySpec& spec = policy.spec;
  const crds::ExceptionSettings exceptions = spec.exceptions.value_or(crds::ExceptionSettings{});
  Policy compiled{.title = policy.title(),
                  .ns = policy.metadata.ns,
                  .generation = policy.metadata.generation.value_or(0),
                  .spec = spec,
                  .rules = {},
                  .tag_age_max = crds::parse_duration(spec.max_tag_age),
                  .scan_age_max = crds::parse_duration(spec.max_scan_age),
                  .database_age_max = crds::parse_duration(spec.max_database_age),
                  .continuity_window = spec.continuity ? crds::parse_duration(spec.continuity->window) : std::nullopt,
                  .exception_terms = {.namespaced = exceptions.namespaced,
                                      .duration_max = crds::parse_duration(exceptions.max_duration)}};
  for (const crds::PolicyRule& rule : spec.rules) {
    compiled.rules.push_back({.spec = rule,
                              .since_published = crds::parse_duration(rule.grace.since_published),
                              .since_fix_available = crds::parse_duration(rule.grace.since_fix_available),
                              .since_first_seen = crds::parse_duration(rule.grace.since_first_seen)});
  }
  return compiled;
}

bool applies_to(const Policy& policy, const Subject& subject) {
  if (!policy.ns.empty()) {
    const std::optional<crds::LabelSelector>& selector = policy.spec.match.object_selector;
    return policy.ns == subject.ns && (!selector || crds::matches(*selector, subject.labels));
  }
  const std::optional<crds::LabelSelector>& selector = policy.spec.match.namespace_selector;
  return !selector || !subject.namespace_labels || crds::matches(*selector, *subject.namespace_labels);
}

bool applies_to(const Policy& policy, const ImageFacts& image) {
  const std::vector<std::string>& globs = policy.spec.match.images;
  return globs.empty() || !image.reference || any_glob_matches(globs, image.reference->text());
}

crds::Severity severity_for(const Rule& rule, const FindingFacts& finding) {
  crds::Severity severity = finding.severity;
  // Most rules name no sources, and this is asked of every finding of every image.
  if (!rule.spec.severity_sources.empty()) {
    const SourceSeverity* rating =
        preferred(rule, finding, [](const SourceSeverity& one) { return one.severity != crds::Severity::kUnknown; });
    if (rating != nullptr) severity = rating->severity;
  }
  return severity == crds::Severity::kUnknown ? rule.spec.unknown_severity_as : severity;
}

double cvss_for(const Rule& rule, const FindingFacts& finding) {
  const SourceSeverity* rating =
      preferred(rule, finding, [](const SourceSeverity& one) { return one.cvss.has_value(); });
  if (rating != nullptr) return *rating->cvss;
  std::optional<double> highest;
  for (const SourceSeverity& one : finding.ratings) highest = std::max(highest, one.cvss);
  return highest ? *highest : cvss_upper_end(severity_for(rule, finding));
}

Candidates candidates(const Rule& rule, const ManifestFacts& manifest) {
  const std::span<const FindingFacts* const> all = manifest.findings;
  const std::optional<crds::Severity>& wanted = rule.spec.severity_at_least;
  if (!wanted || !manifest.at_least || !rule.spec.severity_sources.empty()) return {all, {}};
  const std::size_t high_enough = manifest.at_least->at(static_cast<std::size_t>(*wanted));
  // What nobody rated stands last, and counts as what the rule says.
  const std::size_t rated = manifest.at_least->at(static_cast<std::size_t>(crds::Severity::kLow));
  const bool unrated_counts = rule.spec.unknown_severity_as >= *wanted && high_enough <= rated;
  return {all.first(high_enough), unrated_counts ? all.subspan(rated) : std::span<const FindingFacts* const>()};
}

bool rule_hits(const Rule& rule, const FindingFacts& finding) {
  const crds::PolicyRule& spec = rule.spec;
  if (spec.severity_at_least && severity_for(rule, finding) < *spec.severity_at_least) return false;
  if (spec.fixable == crds::Which::kOnly && finding.fixed.empty()) return false;
  if (spec.exploited == crds::Which::kOnly && !finding.exploited) return false;
  if (spec.cvss_at_least && cvss_for(rule, finding) < *spec.cvss_at_least) return false;
  if (spec.epss_at_least && finding.epss.value_or(0) < *spec.epss_at_least) return false;
  if (!spec.ids.empty() && !is_listed(spec.ids, finding)) return false;
  return spec.packages.empty() || carries_package(spec.packages, finding);
}

std::optional<base::SystemTime> grace_end(const Rule& rule, const FindingFacts& finding, const FirstSeen& first_seen) {
  std::optional<base::SystemTime> end = std::max(end_after(finding.published, rule.since_published),
                                                 end_after(finding.fix_available, rule.since_fix_available));
  if (rule.since_first_seen && first_seen) end = std::max(end, end_after(first_seen(finding), rule.since_first_seen));
  return end;
}

}  // namespace policy
