#include "policy/exceptions.h"

#include <algorithm>

#include "policy/glob.h"

namespace policy {
namespace {

std::optional<base::SystemTime> end_under(std::optional<base::SystemTime> expires_at,
                                          std::optional<base::SystemTime> created_at, const ExceptionTerms& terms) {
  if (!terms.duration_max) return expires_at;
  // Without a creation time the longest life cannot be told, so that the exception is over.
  const base::SystemTime longest = created_at ? *created_at + *terms.duration_max : base::SystemTime::min();
  return std::min(expires_at.value_or(longest), longest);
}

// Every binary package of the finding must be covered: an exception for one of them says nothing about its sisters.
bool packages_match(const std::vector<std::string>& patterns, const FindingFacts& finding) {
  if (finding.purls.empty()) {
    return any_glob_matches_purl(patterns,
                                 "pkg:" + finding.package_type + "/" + finding.package + "@" + finding.installed);
  }
  return std::all_of(finding.purls.begin(), finding.purls.end(),
                     [&](const std::string& purl) { return any_glob_matches_purl(patterns, purl); });
}

bool contains(const std::vector<std::string>& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool in_scope(const crds::FindingException& exception, const ExceptionQuery& query) {
  const crds::ExceptionMatch& match = exception.spec.match;
  const Subject& subject = query.subject;
  if (!exception.cluster_wide()) {
    if (exception.metadata.ns != subject.ns || query.terms.namespaced == crds::NamespacedExceptions::kForbid)
      return false;
  } else if (match.namespace_selector) {
    if (!subject.namespace_labels || !crds::matches(*match.namespace_selector, *subject.namespace_labels)) return false;
  }
  if (match.object_selector && !crds::matches(*match.object_selector, subject.labels)) return false;
  if (!match.images.empty() &&
      (!query.image.reference || !any_glob_matches(match.images, query.image.reference->text()))) {
    return false;
  }
  if (!match.digests.empty() && !contains(match.digests, query.image.digest) &&
      !contains(match.digests, query.manifest.digest)) {
    return false;
  }
  return match.packages.empty() || packages_match(match.packages, query.finding);
}

// Danger or a fix has ended the exception for this finding.
bool ended_by(const crds::ExpiresWhen& when, const FindingFacts& finding) {
  return (when.fix_available && !finding.fixed.empty()) || (when.exploited && finding.exploited) ||
         (when.epss_above && finding.epss && *finding.epss > *when.epss_above);
}

}  // namespace

bool takes_away(crds::ExceptionStatus status) {
  switch (status) {
    case crds::ExceptionStatus::kNotAffected:
    case crds::ExceptionStatus::kAccepted:
    case crds::ExceptionStatus::kFixed:
      return true;
    case crds::ExceptionStatus::kUnderInvestigation:
      return false;
  }
  return false;
}

ExceptionIndex::ExceptionIndex(std::vector<std::shared_ptr<const crds::FindingException>> exceptions) {
  // Most findings have no exception: an empty bucket says so at once.
  constexpr float kLoadMax = 0.25F;
  by_id_.max_load_factor(kLoadMax);
  for (std::shared_ptr<const crds::FindingException>& exception : exceptions) {
    for (const crds::ExceptedVulnerability& vulnerability : exception->spec.vulnerabilities) {
      if (takes_away(vulnerability.status)) by_id_[vulnerability.id].push_back(entries_.size());
    }
    const std::optional<base::SystemTime> expires_at = base::parse_rfc3339(exception->spec.expires_at);
    const std::optional<base::SystemTime> created_at = base::parse_rfc3339(exception->metadata.creation_timestamp);
    entries_.push_back({std::move(exception), expires_at, created_at});
  }
}

const crds::FindingException* ExceptionIndex::covering(const ExceptionQuery& query) const {
  if (by_id_.empty()) return nullptr;
  if (const crds::FindingException* found = covering_by(query.finding.id, query)) return found;
  for (const std::string& alias : query.finding.aliases) {
    if (const crds::FindingException* found = covering_by(alias, query)) return found;
  }
  return nullptr;
}

const crds::FindingException* ExceptionIndex::covering_by(const std::string& id, const ExceptionQuery& query) const {
  const auto found = by_id_.find(std::string_view(id));
  if (found == by_id_.end()) return nullptr;
  for (const std::size_t index : found->second) {
    const Entry& entry = entries_[index];
    const std::optional<base::SystemTime> end = end_under(entry.expires_at, entry.created_at, query.terms);
    if (end && query.now >= *end) continue;
    if (ended_by(entry.exception->spec.expires_when, query.finding)) continue;
    if (in_scope(*entry.exception, query)) return entry.exception.get();
  }
  return nullptr;
}

std::optional<base::SystemTime> end_of(const crds::FindingException& exception, const ExceptionTerms& terms) {
  return end_under(base::parse_rfc3339(exception.spec.expires_at),
                   base::parse_rfc3339(exception.metadata.creation_timestamp), terms);
}

}  // namespace policy
