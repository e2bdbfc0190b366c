#include "policy/rules.h"

#include <algorithm>

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

// Report rows carry severities, not scores: the finding counts as the upper end of its severity's CVSS band, so that a
// threshold at a band's lower end is exact and any other errs towards denying.
double cvss_upper_end(crds::Severity severity) {
  switch (severity) {
    case crds::Severity::kLow:
      return 3.9;
    case crds::Severity::kMedium:
      return 6.9;
    case crds::Severity::kHigh:
      return 8.9;
    case crds::Severity::kCritical:
    case crds::Severity::kUnknown:
      return 10.0;
  }
  return 10.0;
}

bool grace_lasts(std::optional<std::chrono::seconds> length, std::optional<base::SystemTime> since,
                 base::SystemTime now) {
  return length && since && now < *since + *length;
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
                  .exception_terms = {.namespaced = exceptions.namespaced,
                                      .duration_max = crds::parse_duration(exceptions.max_duration)}};
  for (const crds::PolicyRule& rule : spec.rules) {
    compiled.rules.push_back({.spec = rule,
                              .since_published = crds::parse_duration(rule.grace.since_published),
                              .since_fix_available = crds::parse_duration(rule.grace.since_fix_available)});
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
  for (auto source = rule.spec.severity_sources.rbegin(); source != rule.spec.severity_sources.rend(); ++source) {
    for (const SourceSeverity& rating : finding.ratings) {
      if (rating.source == *source && rating.severity != crds::Severity::kUnknown) severity = rating.severity;
    }
  }
  return severity == crds::Severity::kUnknown ? rule.spec.unknown_severity_as : severity;
}

bool rule_hits(const Rule& rule, const FindingFacts& finding, base::SystemTime now) {
  const crds::PolicyRule& spec = rule.spec;
  const crds::Severity severity = severity_for(rule, finding);
  if (spec.severity_at_least && severity < *spec.severity_at_least) return false;
  if (spec.fixable == crds::Which::kOnly && finding.fixed.empty()) return false;
  if (spec.exploited == crds::Which::kOnly && !finding.exploited) return false;
  if (spec.cvss_at_least && cvss_upper_end(severity) < *spec.cvss_at_least) return false;
  if (spec.epss_at_least && finding.epss.value_or(0) < *spec.epss_at_least) return false;
  if (!spec.ids.empty() && !is_listed(spec.ids, finding)) return false;
  if (!spec.packages.empty() && !carries_package(spec.packages, finding)) return false;
  return !grace_lasts(rule.since_published, finding.published, now) &&
         !grace_lasts(rule.since_fix_available, finding.fix_available, now);
}

}  // namespace policy
