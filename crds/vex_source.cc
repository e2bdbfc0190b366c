#include "crds/vex_source.h"

#include "crds/metadata_fields.h"

namespace crds {

constexpr std::array<EnumWord<VexFormat>, 3> enum_words(VexFormat) {
  return {{{VexFormat::kOpenVex, "OpenVEX"}, {VexFormat::kCsaf, "CSAF"}, {VexFormat::kCycloneDx, "CycloneDX"}}};
}

template <typename Visitor, MaybeConst<VexConfigMap> C>
void visit_fields(Visitor& visit, C& map) {
  visit("name", map.name);
  visit("key", map.key);
}

template <typename Visitor, MaybeConst<VexSourceSpec> C>
void visit_fields(Visitor& visit, C& spec) {
  visit("url", spec.url);
  visit("oci", spec.oci);
  visit("configMap", spec.config_map);
  visit("format", spec.format);
  visit("keys", spec.keys);
  visit("images", spec.images);
  visit("pullSecrets", spec.pull_secrets);
  visit("interval", spec.interval);
  visit("suspend", spec.suspend);
}

template <typename Visitor, MaybeConst<VexSourceStatus> C>
void visit_fields(Visitor& visit, C& status) {
  visit("observedGeneration", status.observed_generation);
  visit("conditions", status.conditions);
  visit("statements", status.statements);
  visit("exceptions", status.exceptions);
  visit("leftOut", status.left_out);
  visit("author", status.author);
  visit("updated", status.updated);
  visit("lastUpdate", status.last_update);
}

template <typename Visitor, MaybeConst<VexSource> C>
void visit_fields(Visitor& visit, C& source) {
  visit("metadata", source.metadata);
  visit("spec", source.spec);
  visit("status", source.status);
}

void from_json(const nlohmann::json& json, VexSource& source) {
  read_fields(json, source);
}

void to_json(nlohmann::json& json, const VexSource& source) {
  json = write_object(kVexSource, source);
  if (source.status == VexSourceStatus{}) json.erase("status");
}

void to_json(nlohmann::json& json, const VexSourceStatus& status) {
  json = write_fields(status);
}

}  // namespace crds
