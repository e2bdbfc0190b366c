// VexSource: whose VEX statements are believed. Cluster-scoped.
#pragma once

#include "crds/metadata.h"

namespace crds {

inline const kubernetes::ResourceType kVexSource{std::string(kGroup), std::string(kVersion), "VexSource", "vexsources",
                                                 false};

enum class VexFormat : std::uint8_t { kOpenVex, kCsaf, kCycloneDx };

// In the operator's namespace.
struct VexConfigMap {
  std::string name;
  std::string key;
  bool operator==(const VexConfigMap&) const = default;
};

struct VexSourceSpec {
  std::string url;  // https; one of url, oci and config_map
  std::string oci;
  std::optional<VexConfigMap> config_map;
  VexFormat format = VexFormat::kOpenVex;
  std::vector<std::string> keys;          // public keys, PEM; none: whoever can write the document is believed
  std::vector<std::string> images;        // globs on the normalised reference: of which it may speak; none: of all
  std::vector<std::string> pull_secrets;  // in the operator's namespace
  std::string interval;
  bool suspend = false;
  bool operator==(const VexSourceSpec&) const = default;
};

struct VexSourceStatus {
  std::int64_t observed_generation = 0;
  std::vector<kubernetes::Condition> conditions;  // Fetched, Ready
  std::optional<std::int64_t> statements;         // that are believed
  std::optional<std::int64_t> exceptions;         // that they are kept in
  std::optional<std::int64_t> left_out;
  std::string author;
  std::string updated;      // as the document says
  std::string last_update;  // RFC 3339; when it was fetched last
  bool operator==(const VexSourceStatus&) const = default;
};

struct VexSource {
  Metadata metadata;
  VexSourceSpec spec;
  VexSourceStatus status;
  bool operator==(const VexSource&) const = default;
};

// Throws base::ParseError that names the field.
void from_json(const nlohmann::json& json, VexSource& source);
void to_json(nlohmann::json& json, const VexSource& source);
void to_json(nlohmann::json& json, const VexSourceStatus& status);

}  // namespace crds
