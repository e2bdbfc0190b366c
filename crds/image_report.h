// ImageReport: what is known of one platform manifest. Cluster-scoped; written by the operator alone, in one write.
#pragma once

#include "crds/metadata.h"

namespace crds {

inline const kubernetes::ResourceType kImageReport{std::string(kGroup), std::string(kVersion), "ImageReport",
                                                   "imagereports", false};

inline constexpr std::size_t kImageReportBytesMax = 512 << 10;

struct ReportWarning {
  std::string reason;
  std::string path;
  std::string message;
  std::int64_t count = 1;
  bool operator==(const ReportWarning&) const = default;
};

struct ImageReportSpec {
  std::string digest;    // of the platform manifest
  std::string platform;  // "linux/amd64"
  std::string scanner_version;
  std::string inventory;  // Inventory JSON v1, zstd, base64
  std::int64_t packages = 0;
  bool complete = false;
  std::optional<std::int64_t> coverage = {};  // percent of program bytes in known packages; absent: not known
  // Whether SBOMs that are attached to the image were read, too; absent where our own scanners did not read all of it.
  std::optional<bool> attached_sboms = {};
  // net::key_id() of the key whose attestation told the inventory; empty: our own scanners read the image.
  std::string attestation_key = {};
  std::vector<ReportWarning> warnings;              // at most 50
  std::optional<std::int64_t> database_generation;  // absent: unscanned, never clean
  std::string vulnerabilities;                      // report rows v1 (crds/report_rows.h), zstd, base64
  SeverityCounts counts;
  std::string content_hash;
  // scanner::matching::Matcher::fingerprint(); empty: not known, as in older reports.
  std::string match_fingerprint = {};
  bool operator==(const ImageReportSpec&) const = default;
};

struct ImageReport {
  Metadata metadata;
  ImageReportSpec spec;
  bool operator==(const ImageReport&) const = default;
};

// Throws base::ParseError that names the field.
void from_json(const nlohmann::json& json, ImageReport& report);
void to_json(nlohmann::json& json, const ImageReport& report);

// For a store, which keeps many as bytes (kubernetes/kept_object.h). Throws base::ParseError for other bytes.
[[nodiscard]] std::string pack_object(const ImageReport& report);
void unpack_object(std::string_view bytes, ImageReport& report);

}  // namespace crds
