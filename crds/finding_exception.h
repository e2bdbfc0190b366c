// FindingException and ClusterFindingException: what is accepted, by whom, until when. One struct for both kinds.
#pragma once

#include "crds/label_selector.h"
#include "crds/metadata.h"

namespace crds {

inline const kubernetes::ResourceType kFindingException{std::string(kGroup), std::string(kVersion), "FindingException",
                                                        "findingexceptions", true};
inline const kubernetes::ResourceType kClusterFindingException{
    std::string(kGroup), std::string(kVersion), "ClusterFindingException", "clusterfindingexceptions", false};

enum class ExceptionStatus : std::uint8_t { kNotAffected, kAccepted, kUnderInvestigation, kFixed };

struct ExceptedVulnerability {
  std::string id;  // or any alias
  ExceptionStatus status = ExceptionStatus::kAccepted;
  std::string justification;  // one of OpenVEX' words
  std::string impact_statement;
  bool operator==(const ExceptedVulnerability&) const = default;
};

// Every part that is set must match.
struct ExceptionMatch {
  std::vector<std::string> images;    // globs on the normalised reference
  std::vector<std::string> digests;   // of the reference or of the platform manifest
  std::vector<std::string> packages;  // purl globs
  std::optional<LabelSelector> object_selector;
  std::optional<LabelSelector> namespace_selector;  // cluster kind only
  bool operator==(const ExceptionMatch&) const = default;
};

// Ends the exception before its date.
struct ExpiresWhen {
  bool fix_available = false;
  bool exploited = false;
  std::optional<double> epss_above;
  bool operator==(const ExpiresWhen&) const = default;
};

struct FindingExceptionSpec {
  std::vector<ExceptedVulnerability> vulnerabilities;
  ExceptionMatch match;
  std::string reason;
  std::string ticket;
  std::string expires_at;  // RFC 3339
  ExpiresWhen expires_when;
  bool operator==(const FindingExceptionSpec&) const = default;
};

struct FindingExceptionStatus {
  std::int64_t observed_generation = 0;
  std::vector<kubernetes::Condition> conditions;  // Active, Expired
  std::optional<std::int64_t> matched_findings;
  std::optional<std::int64_t> matched_workloads;
  std::string ends_at;  // the earlier of expiresAt and the cluster's maxDuration
  bool operator==(const FindingExceptionStatus&) const = default;
};

struct FindingException {
  Metadata metadata;
  FindingExceptionSpec spec;
  FindingExceptionStatus status;

  [[nodiscard]] bool cluster_wide() const { return metadata.ns.empty(); }
  // "FindingException/name"
  [[nodiscard]] std::string title() const;
  bool operator==(const FindingException&) const = default;
};

// Throws base::ParseError that names the field.
void from_json(const nlohmann::json& json, FindingException& exception);
void to_json(nlohmann::json& json, const FindingException& exception);
void to_json(nlohmann::json& json, const FindingExceptionStatus& status);

}  // namespace crds
