#include "cli/output/formats.h"

#include "base/error.h"

namespace cli::output {

std::string write_result(const ScanResult& result, OutputFormat format) {
  switch (format) {
    case OutputFormat::kTable:
      return write_table(result);
    case OutputFormat::kJson:
      return write_json(result);
    case OutputFormat::kCycloneDx:
      return write_cyclonedx(result);
    case OutputFormat::kSpdx:
      return write_spdx(result);
    case OutputFormat::kSarif:
      return write_sarif(result);
    case OutputFormat::kOpenVex:
      return write_openvex(result);
    case OutputFormat::kCosignVuln:
      return write_cosign_vuln(result);
  }
  CHECK(false);
}

}  // namespace cli::output
