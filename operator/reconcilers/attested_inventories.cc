#include "operator/reconcilers/attested_inventories.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "net/signed_envelope.h"
#include "operator/reconcilers/inventory_attestation.h"
#include "registry/artifact.h"
#include "registry/registry_client.h"
#include "scanner/report_json.h"
#include "scanner/report_version.h"

namespace pratique_operator::reconcilers {
namespace {

constexpr std::size_t kMessageBytesShown = 700;
// Of all attestations of an image. What is not found by then is scanned, which takes no longer.
constexpr std::chrono::minutes kSearchMax{2};

// As who asked for the scan may pull, by what the resolution proved.
registry::RegistryClientSettings puller(const scanner::RegistryAccess& access, const base::ImageReference& reference,
                                        const RegistrySettings& settings) {
  registry::RegistryClientSettings client{
      .reference = reference, .policy = settings.policy, .ca_bundle_pem = settings.ca_bundle_pem};
  if (!access.bearer_token.empty()) client.authorization = "Bearer " + access.bearer_token;
  if (!access.username.empty()) {
    client.credentials.push_back({.username = access.username, .password = access.password});
  }
  return client;
}

// The registry wants to be left alone: whoever asked waits, and does not turn to the scanner, which would ask it.
bool is_throttled(const base::Error& error) {
  constexpr int kTooManyRequests = 429;
  const auto* const answer = dynamic_cast<const base::HttpError*>(&error);
  return answer != nullptr && answer->status() == kTooManyRequests;
}

}  // namespace

// One scan, and what its registry's ScanRegistries say.
struct AttestedInventories::Wanted {
  const scanner::ScanRequest& request;
  base::ImageReference reference;
  base::Digest manifest;
  RegistrySettings settings;
};

AttestedInventories::AttestedInventories(Surroundings surroundings) : with_(std::move(surroundings)) {
  describe_attestations(with_.metrics);
}

scanner::Inventory AttestedInventories::scan(const scanner::ScanRequest& request, std::string_view largest_layer,
                                             std::stop_token stop) {
  const base::ImageReference reference = base::parse_image_reference(request.reference);
  const std::optional<base::Digest> manifest = base::Digest::parse(request.digest);
  CHECK(manifest.has_value());  // as the resolution gave it
  const Wanted wanted{.request = request,
                      .reference = reference,
                      .manifest = *manifest,
                      .settings = settings_for(with_.registries(), reference, {})};
  if (std::optional<scanner::Inventory> found = find(wanted, stop)) return *std::move(found);
  return with_.scanners.scan(request, largest_layer, stop);
}

// A registry in trouble is the scanner's to tell.
std::optional<scanner::Inventory> AttestedInventories::find(const Wanted& wanted, const std::stop_token& stop) {
  if (wanted.settings.attestation_keys.empty()) return std::nullopt;
  const base::Patience patience(stop, with_.clock.steady_now() + kSearchMax);
  try {
    registry::RegistryClientSettings client = puller(wanted.request.access, wanted.reference, wanted.settings);
    client.gate = with_.gate;
    const auto source = registry::make_registry_source(std::move(client), with_.clock);
    std::size_t looked_at = 0;
    for (const registry::Referrer& referrer : source->referrers(wanted.manifest, patience).list) {
      if (referrer.artifact_type != scanner::kInventoryArtifactType) continue;
      if (++looked_at > kAttestationsMax) break;
      if (std::optional<scanner::Inventory> found = look_at(*source, referrer.digest, wanted, patience)) return found;
    }
  } catch (const base::Error& error) {
    if (is_throttled(error)) throw;
    count("unreachable");
    base::log(base::LogLevel::kInfo, "no attestation could be looked for",
              {{"image", wanted.reference.text()}, {"error", std::string_view(error.what())}});
  }
  return std::nullopt;
}

// Whoever may push to the repository may attach what is broken or forged.
std::optional<scanner::Inventory> AttestedInventories::look_at(registry::ImageSource& source,
                                                               const base::Digest& attached, const Wanted& wanted,
                                                               const base::Patience& patience) {
  try {
    scanner::Inventory inventory = believed(source, attached, wanted, patience);
    count("accepted");
    return inventory;
  } catch (const base::Error& error) {
    // What the registry does not have any more is no reason to give up; a registry that is away is.
    if (dynamic_cast<const base::NetworkError*>(&error) != nullptr || is_throttled(error)) throw;
    count("refused");
    base::log(base::LogLevel::kWarning, "attestation refused",
              {{"image", wanted.reference.text()},
               {"attestation", attached.text()},
               {"reason", base::escape_text(error.what(), kMessageBytesShown)}});
    return std::nullopt;
  }
}

scanner::Inventory AttestedInventories::believed(registry::ImageSource& source, const base::Digest& attached,
                                                 const Wanted& wanted, const base::Patience& patience) {
  const registry::Manifest manifest = source.manifest(attached, patience);
  if (manifest.subject != wanted.manifest || manifest.layers.size() != 1)
    refuse_attestation("it is attached to another manifest");
  const std::string text = registry::read_blob(source, manifest.layers.front(), 2 * kAttestationBytesMax, patience);
  net::require_few_values(text);
  const std::optional<net::Envelope> envelope = net::read_envelope(text);
  const bool is_statement = envelope && envelope->payload_type == net::kStatementType;
  const std::optional<std::string> signer =
      is_statement ? net::signer_of(*envelope, wanted.settings.attestation_keys) : std::nullopt;
  if (!signer) refuse_attestation("none of attestations.acceptKeys has signed it");
  AttestedInventory attested = parse_statement(envelope->payload, wanted.manifest, wanted.request.platform);
  scanner::Inventory& inventory = attested.inventory;
  if (!inventory.complete) refuse_attestation("it is incomplete");
  if (scanner::extractors_version(inventory.scanner_version) < scanner::kExtractorsVersion)
    refuse_attestation("it is of an older scanner, " + inventory.scanner_version);
  if (attested.attached_sboms != wanted.request.access.attached_sboms)
    refuse_attestation("attachedSBOMs of the ScanRegistry that it was made for is another");
  // Nothing was fetched, and whoever reads the report sees whose word it is.
  inventory.compressed_bytes = 0;
  std::erase_if(inventory.warnings, [](const auto& warning) { return warning.reason == kScannedElsewhere; });
  inventory.warnings.push_back(scanned_elsewhere(attached.text(), net::key_id(*signer)));
  std::ranges::sort(inventory.warnings);
  return std::move(inventory);
}

void AttestedInventories::count(const char* result) {
  with_.metrics.add(kAttestationsTotal, {{"result", result}});
}

}  // namespace pratique_operator::reconcilers
