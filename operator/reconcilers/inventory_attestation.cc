#include "operator/reconcilers/inventory_attestation.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "net/json.h"
#include "net/signed_envelope.h"
#include "scanner/report_json.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;

constexpr std::string_view kSignedBy = "taken from an attestation in the registry, signed by the key ";
constexpr std::string_view kStatementV1 = "https://in-toto.io/Statement/v1";

}  // namespace

scanner::ScanWarning scanned_elsewhere(const std::string& attestation, const std::string& key) {
  return {.reason = std::string(kScannedElsewhere),
          .path = attestation,
          .message = std::string(kSignedBy) + key,
          .makes_incomplete = false};
}

std::string attestation_key_of(const scanner::Inventory& inventory) {
  const auto found = std::ranges::find(inventory.warnings, kScannedElsewhere, &scanner::ScanWarning::reason);
  const bool names_one = found != inventory.warnings.end() && found->message.starts_with(kSignedBy);
  return names_one ? found->message.substr(kSignedBy.size()) : std::string();
}

void describe_attestations(net::Metrics& metrics) {
  metrics.describe(kAttestationsTotal, "Inventories attached to images in registries, by what became of them.");
}

void refuse_attestation(const std::string& why) {
  throw base::ParseError("inventory attestation: " + why);
}

std::string write_statement(const std::string& repository, const AttestedInventory& attested) {
  const scanner::Inventory& inventory = attested.inventory;
  const std::string hex = inventory.digest.substr(inventory.digest.find(':') + 1);
  return nlohmann::ordered_json{{"_type", kStatementV1},
                                {"subject", {{{"name", repository}, {"digest", {{"sha256", hex}}}}}},
                                {"predicateType", kInventoryPredicate},
                                {"predicate",
                                 {{"attachedSboms", attested.attached_sboms},
                                  {"inventory", nlohmann::ordered_json::parse(scanner::write_inventory(inventory))}}}}
      .dump();
}

AttestedInventory parse_statement(const std::string& statement, const base::Digest& manifest,
                                  const std::string& platform) {
  const json document = net::parse_json_bounded(statement, "inventory attestation");
  if (net::text_at(document, "_type") != kStatementV1 || net::text_at(document, "predicateType") != kInventoryPredicate)
    refuse_attestation("not a statement of type " + std::string(kInventoryPredicate));
  const std::vector<std::string> subjects = net::subjects_of(document);
  if (std::ranges::find(subjects, manifest.hex()) == subjects.end())
    refuse_attestation("it is about another manifest than " + manifest.text());
  const json& predicate = net::object_at(document, "predicate");
  const auto sboms = predicate.find("attachedSboms");
  if (sboms == predicate.end() || !sboms->is_boolean())
    refuse_attestation("it does not say whether attached SBOMs were read");
  AttestedInventory attested{.inventory = scanner::parse_inventory(net::object_at(predicate, "inventory").dump()),
                             .attached_sboms = sboms->get<bool>()};
  if (attested.inventory.digest != manifest.text() || attested.inventory.platform != platform)
    refuse_attestation("its inventory is of " + attested.inventory.digest + ", " + attested.inventory.platform);
  return attested;
}

}  // namespace pratique_operator::reconcilers
