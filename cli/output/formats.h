// The result of a scan in each form that somebody else reads. All are pure: the same result gives the same bytes, and
// the only time in a document is that of the database it was made with. docs/outputs.md tells what each form holds.
#pragma once

#include <string>

#include "cli/commands.h"
#include "cli/scan_result.h"

namespace cli::output {

// Every text ends with a newline.
// A table of vulnerabilities, what was not looked at, and a summary.
[[nodiscard]] std::string write_table(const ScanResult& result);
// docs/formats/scan-json.md.
[[nodiscard]] std::string write_json(const ScanResult& result);
// CycloneDX 1.6 with components and vulnerabilities, https://cyclonedx.org/docs/1.6/json/.
[[nodiscard]] std::string write_cyclonedx(const ScanResult& result);
// SPDX 2.3 as JSON, https://spdx.github.io/spdx-spec/v2.3/; a list of packages, with a security reference for each
// issue.
[[nodiscard]] std::string write_spdx(const ScanResult& result);
// SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/: what code-scanning pages show.
[[nodiscard]] std::string write_sarif(const ScanResult& result);
// OpenVEX 0.2.0, https://github.com/openvex/spec: one statement for each issue.
[[nodiscard]] std::string write_openvex(const ScanResult& result);
// The predicate https://cosign.sigstore.dev/attestation/vuln/v1, for `cosign attest --type vuln --predicate FILE`.
[[nodiscard]] std::string write_cosign_vuln(const ScanResult& result);

[[nodiscard]] std::string write_result(const ScanResult& result, OutputFormat format);

}  // namespace cli::output
