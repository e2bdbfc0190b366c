// Software bills of materials: what somebody else says is in an image. They are believed as lock files are: what is
// found installed counts before them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/inventory/extractor.h"
#include "scanner/report.h"

namespace scanner::inventory {

// The extractor that found what an SBOM told, wherever that lay.
inline constexpr std::string_view kSbomExtractor = "sbom";

struct Sbom {
  Extraction extraction{};  // packages with the path and layer that it tells
  std::string digest{};     // of the image that it is about; empty: it does not say
};

// CycloneDX 1.x or SPDX 2.x as JSON, bare or in a signed in-toto envelope (whose signature is not looked at). `path` is
// for warnings. A component that has no readable package URL or version makes the extraction incomplete, as does what
// the document says of itself. Throws base::ParseError for another form, with what to write instead.
[[nodiscard]] Sbom read_sbom(std::string_view content, std::string_view path);

struct SbomStatement {
  Sbom sbom{};
  std::vector<std::string> subjects{};  // hex digits of the digests that the envelope's statement is about
};

// Whether a component that has no package URL makes the extraction incomplete, or is left out.
enum class WithoutPurl : std::uint8_t { kTold, kPassedOver };

// The same with what the envelope around it says; nullopt for a statement about something else than an SBOM.
[[nodiscard]] std::optional<SbomStatement> read_sbom_statement(std::string_view content, std::string_view path,
                                                               WithoutPurl without_purl);

// The same as the inventory of the image that it is about.
[[nodiscard]] Inventory inventory_of_sbom(std::string_view content, std::string_view path);

// The file as which a document that is attached to an image is read. With `about`, the hex digits of a manifest's
// digest, it counts only where it says that it is about that manifest.
[[nodiscard]] std::string attached_sbom_name(std::string_view digits, std::string_view about);

// Reads what lies in an image: *.spdx.json, *.cdx.json and Bitnami's .spdx-NAME.spdx, and bom.json, *.cdx and *.spdx
// where their content is an SBOM. Another form of it than JSON is told as unsupported.
[[nodiscard]] std::unique_ptr<Extractor> make_sbom_extractor();

}  // namespace scanner::inventory
