// SBOMs that lie in an image: https://cyclonedx.org/specification/overview/ ("Recognized file patterns"),
// https://spdx.github.io/spdx-spec/v2.3/conformance/#44-standard-data-format-requirements, and what Bitnami and
// `pratique` itself name so.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "base/log.h"
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/sbom/sbom.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kBitnamiFolder = "opt/bitnami/";
constexpr std::string_view kAttached = "attached-";
constexpr std::string_view kAttachedEnding = ".cdx.json";

// Of a component that Bitnami built. It and what it was built from have package URLs; the other parts have none, since
// no advisories speak of them by any name.
bool is_bitnamis(std::string_view path) {
  return path.starts_with(kBitnamiFolder) && path.ends_with(".spdx");
}

// A file whose name says that it is an SBOM in JSON.
bool is_sbom_by_name(std::string_view path) {
  return path.ends_with(".spdx.json") || path.ends_with(".cdx.json") || is_bitnamis(path);
}

// A file that is one if its content says so: others have such names, too.
bool may_be_sbom(std::string_view path) {
  return path.ends_with(".cdx") || path.ends_with(".spdx") || path.ends_with(".cdx.xml") ||
         is_named(path, "bom.json") || is_named(path, "bom.xml");
}

bool has(std::string_view content, std::string_view text) {
  return content.find(text) != std::string_view::npos;
}

// The form of an SBOM that is not JSON; empty: it is none.
std::string_view unsupported_form(std::string_view content) {
  constexpr std::string_view kFirstField = "SPDXVersion:";
  if (content.starts_with(kFirstField) || has(content, "\nSPDXVersion:")) return "SPDX SBOM of tags and values";
  const bool is_xml = content.substr(0, content.find_first_not_of(" \t\r\n\xEF\xBB\xBF") + 1).ends_with('<');
  return is_xml && has(content, "://cyclonedx.org/schema/bom") ? "CycloneDX SBOM in XML" : std::string_view{};
}

bool is_json_sbom(std::string_view content) {
  return has(content, "\"bomFormat\"") || has(content, "\"spdxVersion\"");
}

ScanWarning unsupported(std::string_view form, std::string_view path) {
  return {.reason = "Unsupported",
          .path = base::escape_text(path),
          .message = fmt::format("{}: recognised, but its packages cannot be read yet; write it as JSON", form)};
}

// "attached-<12 hex digits>-of-<64 hex digits>.cdx.json" -> the latter; empty for any other name.
std::string_view wanted_subject(std::string_view path) {
  constexpr std::string_view kOf = "-of-";
  if (!path.starts_with(kAttached) || !path.ends_with(kAttachedEnding)) return {};
  path.remove_suffix(kAttachedEnding.size());
  const std::size_t of = path.find(kOf);
  return of == std::string_view::npos ? std::string_view{} : path.substr(of + kOf.size());
}

bool speaks_of(const SbomStatement& statement, std::string_view wanted) {
  return std::ranges::find(statement.subjects, wanted) != statement.subjects.end() ||
         statement.sbom.digest == fmt::format("sha256:{}", wanted);
}

// Of an index, which has manifests of several platforms.
ScanWarning about_another(std::string_view path) {
  return {.reason = "SbomNotTaken",
          .path = std::string(path),
          .message = "attached to the image's index, it does not say that it is about this platform's manifest",
          .makes_incomplete = false};
}

// Where the image's packages lie is not known better than by where the SBOM lies; whose distribution it is, the image
// says itself.
Extraction read_json(const ImageFile& file) {
  const WithoutPurl without_purl = is_bitnamis(file.path) ? WithoutPurl::kPassedOver : WithoutPurl::kTold;
  std::optional<SbomStatement> statement = read_sbom_statement(file.content, file.path, without_purl);
  if (!statement) return {};
  const std::string_view wanted = wanted_subject(file.path);
  if (!wanted.empty() && !speaks_of(*statement, wanted)) {
    return {.warnings = {about_another(file.path)}, .is_locked = true};
  }
  Extraction& extraction = statement->sbom.extraction;
  for (Package& package : extraction.packages) {
    package.path.clear();
    package.layer.clear();
  }
  extraction.distribution.reset();
  // Nobody needs an SBOM's word on what the distribution's own package brought.
  for (ScanWarning& warning : extraction.warnings) warning.reason = "UnknownPackage";
  return std::move(extraction);
}

class SbomExtractor final : public Extractor {
 public:
  [[nodiscard]] std::string_view name() const override { return kSbomExtractor; }
  [[nodiscard]] int version() const override { return 4; }
  [[nodiscard]] bool wants(std::string_view path) const override { return is_sbom_by_name(path) || may_be_sbom(path); }
  [[nodiscard]] std::vector<std::string_view> endings() const override {
    return {".spdx.json", ".cdx.json", ".cdx", ".spdx", ".cdx.xml", "bom.json", "bom.xml"};
  }
  [[nodiscard]] std::vector<std::string_view> example_paths() const override {
    return {"a.cdx.json", "a.spdx.json", "bom.json", "opt/bitnami/a/.spdx-a.spdx"};
  }
  [[nodiscard]] Extraction extract(const ImageFile& file) const override {
    if (const std::string_view form = unsupported_form(file.content); !form.empty()) {
      // A package says by itself what it is.
      if (is_in_package_folder(file.path)) return {.is_locked = true};
      return {.warnings = {unsupported(form, file.path)}, .is_locked = true};
    }
    if (!is_sbom_by_name(file.path) && !is_json_sbom(file.content)) return {.is_locked = true};
    return read_json(file);
  }
};

}  // namespace

std::string attached_sbom_name(std::string_view digits, std::string_view about) {
  return fmt::format("{}{}{}{}{}", kAttached, digits, about.empty() ? "" : "-of-", about, kAttachedEnding);
}

std::unique_ptr<Extractor> make_sbom_extractor() {
  return std::make_unique<SbomExtractor>();
}

}  // namespace scanner::inventory
