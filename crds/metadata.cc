#include "crds/metadata.h"

#include "crds/metadata_fields.h"

namespace crds {

std::string_view severity_name(Severity severity) {
  return enum_words(severity)[static_cast<std::size_t>(severity)].second;
}

std::optional<Severity> parse_severity(std::string_view text) {
  for (const auto& [severity, name] : enum_words(Severity{})) {
    if (name == text) return severity;
  }
  return std::nullopt;
}

}  // namespace crds
