#include "scanner/attached_sboms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/tar_header.h"
#include "net/signed_envelope.h"
#include "scanner/inventory/sbom/sbom.h"
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

// What cosign keeps under tags: signed statements, and documents as they are.
constexpr std::array<std::string_view, 2> kTagEndings = {".att", ".sbom"};

ScanWarning past_limit(const base::Digest& manifest, std::string message) {
  return {.reason = "LimitExceeded", .path = manifest.text(), .message = std::move(message)};
}

std::string name_of(const AttachedSbom& sbom) {
  constexpr std::size_t kDigitsShown = 12;
  return inventory::attached_sbom_name(sbom.digest.hex().substr(0, kDigitsShown),
                                       sbom.about ? sbom.about->hex() : std::string());
}

// Collects the layers of attachments that may be SBOMs, each once. Whoever may attach something may attach what cannot
// be read: that costs a warning and not the image.
class Search {
 public:
  Search(registry::ImageSource& source, const AttachmentQuery& query, const base::Patience& patience)
      : source_(source), query_(query), patience_(patience) {}

  // What is attached to the manifest counts before what only lies at the index.
  void run() {
    look_at(query_.manifest, /*at_index=*/false);
    if (!query_.index) return;
    const base::Digest& index = *query_.index;
    for (const base::Digest& attestation :
         told(index, [&] { return source_.attestations(index, query_.manifest, patience_); })) {
      if (const auto manifest = read(attestation)) take(*manifest, /*at_index=*/true);
    }
    look_at(index, /*at_index=*/true);
  }

  using Key = std::pair<bool, std::string>;  // whether it lies at the index; digest
  std::map<Key, registry::Descriptor> layers;
  std::vector<ScanWarning> warnings;

 private:
  void look_at(const base::Digest& subject, bool at_index) {
    for (const registry::Referrer& referrer : referrers(subject)) {
      if (referrer.artifact_type == kInventoryArtifactType) continue;  // our own, in an envelope as SBOMs have
      const std::optional<registry::Manifest> attached = read(referrer.digest);
      // A list may say so of another's.
      if (attached && attached->subject == subject) take(*attached, at_index);
    }
    for (const std::string_view ending : kTagEndings) {
      const auto attached = told(subject, [&] { return source_.tagged_attachment(subject, ending, patience_); });
      if (attached) take(*attached, at_index);
    }
  }

  void take(const registry::Manifest& attached, bool at_index) {
    for (const registry::Descriptor& layer : attached.layers) {
      if (may_be_sbom(layer) && !layers.contains({false, layer.digest.text()})) {
        layers.emplace(Key{at_index, layer.digest.text()}, layer);
      }
    }
  }

  // What cannot be read is a warning, and nothing else.
  template <typename Read>
  auto told(const base::Digest& what, const Read& ask) -> decltype(ask()) {
    try {
      return ask();
    } catch (const base::ParseError& error) {
      warnings.push_back({.reason = "Unreadable", .path = what.text(), .message = base::escape_text(error.what())});
    } catch (const base::LimitExceeded& error) {
      warnings.push_back(past_limit(what, base::escape_text(error.what())));
    }
    return {};
  }

  std::vector<registry::Referrer> referrers(const base::Digest& subject) {
    registry::Referrers found = told(subject, [&] { return source_.referrers(subject, patience_); });
    if (!found.complete) {
      warnings.push_back(
          past_limit(subject, fmt::format("of what is attached only the first {} were listed", found.list.size())));
    }
    return std::move(found.list);
  }

  std::optional<registry::Manifest> read(const base::Digest& digest) {
    if (!seen_.insert(digest).second || seen_.size() > kAttachmentsMax + 1) return std::nullopt;
    if (seen_.size() == kAttachmentsMax + 1) {
      warnings.push_back(
          past_limit(query_.manifest,
                     fmt::format("more than {} things are attached; the rest was not looked at", kAttachmentsMax)));
      return std::nullopt;
    }
    return told(digest, [&] { return find(digest); });
  }

  // A list that is kept as a tag may name what has been deleted.
  std::optional<registry::Manifest> find(const base::Digest& digest) {
    try {
      return source_.manifest(digest, patience_);
    } catch (const base::HttpError& error) {
      if (error.status() != 404) throw;
    }
    warnings.push_back({.reason = "Unreadable",
                        .path = digest.text(),
                        .message = "listed as attached, and not there any more",
                        .makes_incomplete = false});
    return std::nullopt;
  }

  registry::ImageSource& source_;
  const AttachmentQuery& query_;
  const base::Patience& patience_;
  std::set<base::Digest> seen_;
};

struct Signature {
  bool is_verified = false;
  std::string words;  // for a person
};

// Of a document that the child is still to read: what is no envelope carries no signature. Whoever may attach a
// statement may attach one that was signed about another image.
Signature signature_of(const std::string& document, const AttachmentQuery& query) {
  const Signature none{.words = "not signed"};
  // Much cheaper than to read a large document that is none.
  if (document.find("payloadType") == std::string::npos) return none;
  try {
    net::require_few_values(document);
    const std::optional<net::Envelope> envelope = net::read_envelope(document);
    if (!envelope || envelope->signatures.empty()) return none;
    if (envelope->payload_type != net::kStatementType || !net::is_signed_by(*envelope, query.keys))
      return {.words = "signed, and no signature matches a configured key"};
    const auto is_ours = [&](const std::string& hex) {
      return hex == query.manifest.hex() || (query.index && hex == query.index->hex());
    };
    if (std::ranges::none_of(net::subjects_of(envelope->payload), is_ours))
      return {.words = "signed by a configured key, as a statement about another image"};
    return {.is_verified = true, .words = "signed by a configured key"};
  } catch (const base::Error& error) {
    return {.words = "the signature cannot be verified: " + base::escape_text(error.what())};
  }
}

ScanWarning signature_note(const AttachedSbom& sbom, const AttachmentQuery& query) {
  Signature signature = signature_of(sbom.text, query);
  return {.reason = signature.is_verified ? "SbomVerified" : "SbomNotVerified",
          .path = name_of(sbom),
          .message = std::move(signature.words),
          .makes_incomplete = false};
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

AttachedSboms fetch_attached_sboms(registry::ImageSource& source, const AttachmentQuery& query,
                                   const base::Patience& patience) {
  Search search(source, query, patience);
  search.run();
  AttachedSboms found{.sboms = {}, .warnings = std::move(search.warnings)};
  for (const auto& [key, layer] : search.layers) {
    if (found.sboms.size() == kAttachedSbomsMax) {
      found.warnings.push_back(past_limit(
          query.manifest, fmt::format("more than {} SBOMs are attached; the rest was not read", kAttachedSbomsMax)));
      break;
    }
    if (layer.size > kAttachedSbomBytesMax) {
      found.warnings.push_back(
          past_limit(layer.digest, fmt::format("an attached SBOM of more than {} bytes", kAttachedSbomBytesMax)));
      continue;
    }
    const bool at_index = key.first;
    found.sboms.push_back({.digest = layer.digest,
                           .text = read_blob(source, layer, kAttachedSbomBytesMax, patience),
                           .about = at_index ? std::optional(query.manifest) : std::nullopt});
    if (!query.keys.empty()) found.warnings.push_back(signature_note(found.sboms.back(), query));
  }
  return found;
}

std::string layer_of(const AttachedSbom& sbom) {
  std::string tar = tar_header(name_of(sbom), sbom.text.size()) + sbom.text;
  const std::size_t padding = (base::kTarBlockBytes - tar.size() % base::kTarBlockBytes) % base::kTarBlockBytes;
  tar.append(padding + 2 * base::kTarBlockBytes, '\0');
  return tar;
}

}  // namespace scanner
