#include "scanner/inventory/sbom/sbom.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/base64.h"
#include "base/error.h"
#include "scanner/inventory/json_file.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/sbom/sbom_document.h"
#include "scanner/inventory/sbom/sbom_packages.h"

namespace scanner::inventory {
namespace {

using Json = nlohmann::json;

Json parse_sbom_json(std::string_view content) {
  if (content.size() > kSbomBytesMax)
    throw base::ParseError(fmt::format("an SBOM of more than {} bytes", kSbomBytesMax));
  if (content.starts_with("SPDXVersion:")) {
    throw base::ParseError("SPDX in its tag-value form; write it as JSON");
  }
  return parse_json_file(content);
}

// A DSSE envelope's payload is an in-toto statement, whose predicate may be an SBOM; sigstore's bundle holds an
// envelope. A document is large: one at a time is held, and none is copied.
Json statement_of(Json document) {
  const Json& bundled = member_of(document, "dsseEnvelope");
  const Json& payload = member_of(bundled.is_null() ? document : bundled, "payload");
  if (!payload.is_string() || payload.get_ref<const std::string&>().empty()) return document;
  const std::optional<std::string> statement = base::decode_base64(payload.get_ref<const std::string&>());
  if (!statement) throw base::ParseError("an envelope whose payload is not base64");
  document = {};
  return parse_sbom_json(*statement);
}

// What stands in the envelopes around it.
struct Unwrapped {
  std::optional<Json> sbom;           // nullopt: a statement of another kind, such as of provenance
  std::vector<std::string> subjects;  // hex digits of the digests that the statement is about
};

std::vector<std::string> subjects_of(const Json& statement) {
  std::vector<std::string> digests;
  const Json& subjects = member_of(statement, "subject");
  if (!subjects.is_array()) return digests;
  for (const Json& subject : subjects) digests.push_back(text_member_of(member_of(subject, "digest"), "sha256"));
  return digests;
}

Unwrapped unwrapped(Json document) {
  Json statement = statement_of(std::move(document));
  // A document that is an SBOM is one whatever else it has.
  const bool is_sbom = !member_of(statement, "bomFormat").is_null() || !member_of(statement, "spdxVersion").is_null();
  if (is_sbom || member_of(statement, "predicate").is_null()) return {.sbom = std::move(statement), .subjects = {}};
  const std::string type = text_member_of(statement, "predicateType");
  const auto names = [&type](const char* form) { return type.find(form) != std::string::npos; };
  if (!type.empty() && !names("spdx") && !names("cyclonedx")) return {.sbom = std::nullopt, .subjects = {}};
  // cosign puts one more object around it.
  Json& predicate = statement["predicate"];
  Json& sbom = member_of(predicate, "Data").is_null() ? predicate : predicate["Data"];
  return {.sbom = std::move(sbom), .subjects = subjects_of(statement)};
}

SbomDocument read_document(const Json& json) {
  if (text_member_of(json, "bomFormat") == "CycloneDX") return read_cyclonedx(json);
  if (!text_member_of(json, "spdxVersion").empty()) return read_spdx(json);
  throw base::ParseError("neither CycloneDX nor SPDX 2; write one of them as JSON");
}

Distribution distribution_of(const SbomDocument& document) {
  if (!document.distribution.id.empty()) return document.distribution;
  for (const SbomComponent& component : document.components) {
    const Distribution distribution = distribution_of_purl(component.purl);
    if (!distribution.id.empty()) return distribution;
  }
  return {};
}

ScanWarning unreadable(std::string_view path, std::string message) {
  return {.reason = "Unreadable", .path = std::string(path), .message = std::move(message)};
}

// The document is let go before the packages are made, which may be as large.
Sbom sbom_of(Json json, std::string_view path, WithoutPurl without_purl) {
  const SbomDocument document = read_document(json);
  json = {};
  Sbom sbom{.extraction = {.is_locked = true}, .digest = document.digest};
  BrokenParts broken;
  for (std::size_t i = 0; i < document.components.size(); ++i) {
    if (without_purl == WithoutPurl::kPassedOver && document.components[i].purl.empty()) continue;
    add_component_package(document.components[i], i + 1, sbom.extraction, broken);
  }
  if (Distribution distribution = distribution_of(document); !distribution.id.empty()) {
    sbom.extraction.distribution = std::move(distribution);
  }
  broken.leave_out(document.left_out);
  broken.append_to(sbom.extraction.warnings, path);
  if (document.is_incomplete) {
    sbom.extraction.warnings.push_back(unreadable(path, "the SBOM says of itself that it is incomplete"));
  }
  // An image that it is about, or one among its components, is none: nothing was looked at.
  if (sbom.extraction.packages.empty() && sbom.extraction.warnings.empty()) {
    sbom.extraction.warnings.push_back(unreadable(path, "the SBOM names no package at all"));
  }
  return sbom;
}

}  // namespace

std::optional<SbomStatement> read_sbom_statement(std::string_view content, std::string_view path,
                                                 WithoutPurl without_purl) {
  Unwrapped document = unwrapped(parse_sbom_json(content));
  if (!document.sbom) return std::nullopt;
  return SbomStatement{.sbom = sbom_of(*std::move(document.sbom), path, without_purl),
                       .subjects = std::move(document.subjects)};
}

Sbom read_sbom(std::string_view content, std::string_view path) {
  std::optional<SbomStatement> statement = read_sbom_statement(content, path, WithoutPurl::kTold);
  if (!statement) throw base::ParseError("a statement about something else than an SBOM");
  return std::move(statement->sbom);
}

Inventory inventory_of_sbom(std::string_view content, std::string_view path) {
  Sbom sbom = read_sbom(content, path);
  for (Package& package : sbom.extraction.packages) {
    if (package.found_by.empty()) package.found_by = kSbomExtractor;
  }
  // By no path: the packages have theirs.
  const ImageContent image{.files = {{.path = {}, .layer = {}, .extraction = &sbom.extraction}}, .unsupported = {}};
  ImageInventory inventory = inventory_of(image);
  Inventory result;
  result.digest = sbom.digest;
  result.distribution = std::move(inventory.distribution);
  result.packages = std::move(inventory.packages);
  result.warnings = std::move(inventory.warnings);
  result.complete = std::ranges::none_of(result.warnings, &ScanWarning::makes_incomplete);
  return result;
}

}  // namespace scanner::inventory
