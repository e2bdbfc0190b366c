// What the documents about an image have in common: who wrote them, of what, when, and how they point at a package.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/scan_result.h"
#include "net/json_writer.h"

namespace cli::output {

inline constexpr std::string_view kToolName = "pratique";
inline constexpr std::string_view kToolUrl = "https://pratique.dev";

// A UUID (version 8 of RFC 9562) made of the image's digest, the database's generation and the document's form: the
// same document has the same name wherever it is written.
[[nodiscard]] std::string document_uuid(const ScanResult& result, std::string_view form);

// "pkg:oci/web@sha256:...?repository_url=registry:5000%2Fshop%2Fweb&tag=1"; of a layout on disk its directory's
// name.
[[nodiscard]] std::string image_purl(const ScanResult& result);

// The package's own purl and, of a distribution's package, what it does not tell, as syft and grype have it: the module
// stream, "&rpmmod=nodejs:18", and the source, "&upstream=glibc%402.36-9".
[[nodiscard]] std::string component_purl(const scanner::Package& package);

// For each package of the inventory a name that no other has: its purl, "#2" and so on behind it where it repeats.
[[nodiscard]] std::vector<std::string> package_references(const ScanResult& result);

// The JSON of docs/formats/scan-json.md, as one value.
void write_scan(net::JsonWriter& json, const ScanResult& result);

}  // namespace cli::output
