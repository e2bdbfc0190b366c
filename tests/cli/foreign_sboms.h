// SBOMs of a scan's packages in the forms that others write.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tests {

// `scan` is the JSON of `pratique scan --output json`. What tells the source package, the epoch, the module stream and
// the distribution stands where that program's releases write it; checksums, licences and files are left out.
[[nodiscard]] std::string trivy_cyclonedx(const nlohmann::json& scan);  // Trivy 0.50 and later
[[nodiscard]] std::string trivy_spdx(const nlohmann::json& scan);
[[nodiscard]] std::string syft_cyclonedx(const nlohmann::json& scan);  // syft 1.x
[[nodiscard]] std::string syft_spdx(const nlohmann::json& scan);

}  // namespace tests
