// ImageScan: scan and track one image reference in one namespace. The schema is image_scan.yaml.
#pragma once

#include "crds/metadata.h"

namespace crds {

inline const kubernetes::ResourceType kImageScan{std::string(kGroup), std::string(kVersion), "ImageScan", "imagescans",
                                                 true};

enum class ScanPriority : std::uint8_t { kAdmission, kHigh, kNormal, kBackground };

struct ScanLimits {
  std::optional<std::int64_t> max_bytes;  // compressed
  std::string timeout;                    // duration, crds/duration.h
  bool operator==(const ScanLimits&) const = default;
};

struct ImageScanSpec {
  std::string image;                      // as written by whoever made it
  std::vector<std::string> platforms;     // "linux/amd64"; empty: those of the cluster's nodes
  std::vector<std::string> pull_secrets;  // names of Secrets in this namespace
  std::string interval;                   // duration; how often a tag is resolved anew
  ScanPriority priority = ScanPriority::kNormal;
  ScanLimits limits;
  bool suspend = false;
  bool operator==(const ImageScanSpec&) const = default;
};

struct ScannedPlatform {
  std::string platform;  // "linux/amd64"
  std::string digest;    // of the platform manifest
  std::string report;    // name of the ImageReport
  // Of that report: the key whose attestation told what the image holds; empty: our own scanners read it.
  std::string attestation_key = {};
  bool operator==(const ScannedPlatform&) const = default;
};

struct WorstFinding {
  std::string id;
  Severity severity = Severity::kUnknown;
  std::string package;
  std::string installed;
  std::string fixed;
  bool operator==(const WorstFinding&) const = default;
};

struct ImageDistribution {
  std::string name;
  std::string version;
  std::optional<bool> end_of_life;
  bool operator==(const ImageDistribution&) const = default;
};

struct UsedBy {
  std::int64_t workloads = 0;
  std::int64_t pods = 0;
  bool operator==(const UsedBy&) const = default;
};

struct Upgrade {
  std::string package;
  std::string from;
  std::string to;
  std::int64_t clears = 0;  // findings
  bool operator==(const Upgrade&) const = default;
};

struct ImageScanStatus {
  std::int64_t observed_generation = 0;
  std::string image;   // the normalised reference that was resolved
  std::string digest;  // what it resolved to: an index or a manifest
  std::string resolved_at;
  std::string rescan_handled;  // the value of the annotation kRescanRequestedAt that was last obeyed
  std::vector<ScannedPlatform> platforms;
  std::optional<SeverityCounts> counts;
  std::vector<WorstFinding> worst;  // at most 10
  std::optional<bool> complete;
  std::optional<std::int64_t> coverage;  // of the platform that has the lowest
  ImageDistribution distribution;
  std::optional<std::int64_t> packages;
  std::optional<std::int64_t> bytes_fetched;
  std::string duration;
  std::optional<std::int64_t> database_generation;
  std::string last_scan_time;
  std::string next_scan_time;
  std::optional<UsedBy> used_by;
  std::vector<Upgrade> fix_plan;  // at most 5
  std::vector<kubernetes::Condition> conditions;
  bool operator==(const ImageScanStatus&) const = default;
};

// Condition types of an ImageScan.
inline constexpr std::string_view kResolved = "Resolved";
inline constexpr std::string_view kScanned = "Scanned";
inline constexpr std::string_view kComplete = "Complete";
inline constexpr std::string_view kPolicyPassed = "PolicyPassed";
inline constexpr std::string_view kReady = "Ready";
inline constexpr std::string_view kStalled = "Stalled";
inline constexpr std::string_view kDigestDrift = "DigestDrift";  // True: a container runs another digest
// There only where a cap on Findings once left some of the image's without a row.
inline constexpr std::string_view kFindingsListed = "FindingsListed";

struct ImageScan {
  Metadata metadata;
  ImageScanSpec spec;
  ImageScanStatus status;
  bool operator==(const ImageScan&) const = default;
};

// Throws base::ParseError that names the field.
void from_json(const nlohmann::json& json, ImageScan& scan);
void from_json(const nlohmann::json& json, ImageScanStatus& status);
// With apiVersion and kind. An ImageScan whose status was never written has no "status".
void to_json(nlohmann::json& json, const ImageScan& scan);
void to_json(nlohmann::json& json, const ImageScanSpec& spec);
void to_json(nlohmann::json& json, const ImageScanStatus& status);

// For a store, which keeps many as bytes (kubernetes/kept_object.h). Throws base::ParseError for other bytes.
[[nodiscard]] std::string pack_object(const ImageScan& scan);
void unpack_object(std::string_view bytes, ImageScan& scan);

}  // namespace crds
