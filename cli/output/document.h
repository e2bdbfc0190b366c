// What the documents about an image have in common: who wrote them, of what, when, and how they point at a package.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/scan_result.h"

namespace cli::output {

inline constexpr std::string_view kToolName = "pratique";
inline constexpr std::string_view kToolUrl = "https://pratique.dev";

// A UUID (version 8 of RFC 9562) made of the image's digest, the database's generation and the document's form: the
// same document has the same name wherever it is written.
[[nodiscard]] std::string document_uuid(const ScanResult& result, std::string_view form);

// "pkg:oci/web@sha256:...?repository_url=registry:5000%2Fshop%2Fweb&tag=1"; of a layout on disk its directory's
// name.
[[nodiscard]] std::string image_purl(const ScanResult& result);

// The package's own purl and, of a distribution's package, its source: "&upstream=glibc%402.36-9", as syft and grype
// have it.
[[nodiscard]] std::string purl_with_source(const scanner::Package& package);

// For each package of the inventory a name that no other has: its purl, "#2" and so on behind it where it repeats.
[[nodiscard]] std::vector<std::string> package_references(const ScanResult& result);

// The references of the packages that carry the vulnerability: those whose purl it names.
[[nodiscard]] std::vector<std::string> affected_references(const ScanResult& result,
                                                           const std::vector<std::string>& references,
                                                           const scanner::matching::Vulnerability& vulnerability);

// With two blanks of indentation and a newline at the end; invalid UTF-8 is replaced.
[[nodiscard]] std::string dump_document(const nlohmann::ordered_json& document);

}  // namespace cli::output
