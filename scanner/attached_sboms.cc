#include "scanner/attached_sboms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "base/tar_header.h"
#include "scanner/report_json.h"

namespace scanner {
namespace {

// Of the documents themselves, of cosign's and BuildKit's envelopes, and of sigstore's bundles.
constexpr std::array<std::string_view, 7> kMediaTypes = {"application/spdx+json",
                                                         "text/spdx+json",
                                                         "application/vnd.cyclonedx+json",
                                                         "application/vnd.in-toto+json",
                                                         "application/vnd.dsse.envelope.v1+json",
                                                         "application/vnd.dev.sigstore.bundle.v0.3+json",
                                                         "application/vnd.dev.sigstore.bundle+json"};

bool may_be_sbom(const registry::Descriptor& layer) {
  const std::string type = layer.media_type.substr(0, layer.media_type.find(';'));
  return std::ranges::find(kMediaTypes, type) != kMediaTypes.end();
}

ScanWarning past_limit(const base::Digest& manifest, std::string message) {
  return {.reason = "LimitExceeded", .path = manifest.text(), .message = std::move(message)};
}

// Whoever may attach something may attach what cannot be read: that costs a warning and not the image.
std::optional<registry::Manifest> read_attachment(registry::ImageSource& source, const base::Digest& digest,
                                                  std::vector<ScanWarning>& warnings, const std::stop_token& stop) {
  try {
    return source.manifest(digest, stop);
  } catch (const base::ParseError& error) {
    warnings.push_back({.reason = "Unreadable", .path = digest.text(), .message = base::escape_text(error.what())});
  } catch (const base::HttpError& error) {
    // A list that is kept as a tag may name what has been deleted.
    if (error.status() != 404) throw;
    warnings.push_back({.reason = "Unreadable",
                        .path = digest.text(),
                        .message = "listed as attached, and not there any more",
                        .makes_incomplete = false});
  }
  return std::nullopt;
}

// The same of the list.
std::vector<registry::Referrer> list_attachments(registry::ImageSource& source, const base::Digest& manifest,
                                                 std::vector<ScanWarning>& warnings, const std::stop_token& stop) {
  try {
    return source.referrers(manifest, stop);
  } catch (const base::ParseError& error) {
    warnings.push_back({.reason = "Unreadable", .path = manifest.text(), .message = base::escape_text(error.what())});
    return {};
  }
}

// A ustar header: POSIX.1-1988, "ustar Interchange Format".
std::string tar_header(std::string_view name, std::size_t size) {
  std::string header(base::kTarBlockBytes, '\0');
  const auto put = [&header](std::size_t at, std::string_view text) { header.replace(at, text.size(), text); };
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", size));
  put(136, "00000000000");
  put(148, "        ");
  put(156, "0");
  put(257, std::string_view("ustar\0"
                            "00",
                            8));
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  put(148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  return header;
}

}  // namespace

AttachedSboms fetch_attached_sboms(registry::ImageSource& source, const base::Digest& manifest,
                                   const std::stop_token& stop) {
  AttachedSboms found;
  std::map<std::string, registry::Descriptor> layers;  // by their digest
  for (const registry::Referrer& referrer : list_attachments(source, manifest, found.warnings, stop)) {
    if (referrer.artifact_type == kInventoryArtifactType) continue;  // our own, in an envelope as SBOMs have
    const std::optional<registry::Manifest> attached = read_attachment(source, referrer.digest, found.warnings, stop);
    if (!attached || attached->subject != manifest) continue;  // a list may say so of another's
    for (const registry::Descriptor& layer : attached->layers) {
      if (may_be_sbom(layer)) layers.emplace(layer.digest.text(), layer);
    }
  }
  for (const auto& [digest, layer] : layers) {
    if (found.sboms.size() == kAttachedSbomsMax) {
      found.warnings.push_back(past_limit(
          manifest, fmt::format("more than {} SBOMs are attached; the rest was not read", kAttachedSbomsMax)));
      break;
    }
    if (layer.size > kAttachedSbomBytesMax) {
      found.warnings.push_back(
          past_limit(layer.digest, fmt::format("an attached SBOM of more than {} bytes", kAttachedSbomBytesMax)));
      continue;
    }
    found.sboms.push_back({.digest = layer.digest, .text = read_blob(source, layer, kAttachedSbomBytesMax, stop)});
  }
  return found;
}

std::string layer_of(const AttachedSbom& sbom) {
  constexpr std::size_t kDigitsShown = 12;
  const std::string name = "attached-" + sbom.digest.hex().substr(0, kDigitsShown) + ".cdx.json";
  std::string tar = tar_header(name, sbom.text.size()) + sbom.text;
  const std::size_t padding = (base::kTarBlockBytes - tar.size() % base::kTarBlockBytes) % base::kTarBlockBytes;
  tar.append(padding + 2 * base::kTarBlockBytes, '\0');
  return tar;
}

}  // namespace scanner
