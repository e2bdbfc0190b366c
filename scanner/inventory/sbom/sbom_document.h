// What an SBOM says, whatever its form: CycloneDX 1.x or SPDX 2.x, as JSON. Texts are as they stand there.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "scanner/report.h"

namespace scanner::inventory {

// Something that has a package URL, or should have one.
struct SbomComponent {
  std::string name{};
  std::string version{};
  std::string purl{};
  // As the writer's own fields tell; empty: they do not.
  std::string source{};
  std::string source_version{};
  std::string module{};
  std::string path{};
  std::string layer{};
  std::string found_by{};
};

struct SbomDocument {
  std::string digest{};  // of the image that it is about; empty: it does not say
  Distribution distribution{};
  std::vector<SbomComponent> components{};  // the first kPackagesMax
  std::size_t left_out = 0;                 // of the components
  bool is_incomplete = false;               // in its own words
};

// Adds one more, or counts it where there are too many.
void add_component(SbomComponent component, SbomDocument& document);

// Throw base::ParseError for a document of another form.
[[nodiscard]] SbomDocument read_cyclonedx(const nlohmann::json& document);
[[nodiscard]] SbomDocument read_spdx(const nlohmann::json& document);

// The distribution that a writer calls so: its names for some are not those of os-release ("redhat", "amazon"), its
// versions may have more behind them ("2 (Karoo)").
[[nodiscard]] Distribution distribution_called(std::string_view name, std::string_view version);

}  // namespace scanner::inventory
