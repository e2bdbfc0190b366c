// An inventory as an in-toto statement about the platform manifest that it was read from:
// docs/formats/inventory-attestation.md.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "net/metrics.h"
#include "scanner/report.h"

namespace pratique_operator::reconcilers {

inline constexpr std::string_view kInventoryPredicate = "https://pratique.dev/attestation/inventory/v1";
// Of a statement, and of the envelope around it.
inline constexpr std::size_t kAttestationBytesMax = std::size_t{16} << 20;

inline constexpr std::string_view kEnvelopeType = "application/vnd.dsse.envelope.v1+json";
// The warning of an inventory that was taken from an attestation; its path is the digest of that one's manifest.
inline constexpr std::string_view kScannedElsewhere = "ScannedElsewhere";
// `key` is net::key_id() of who signed it. It does not make the inventory incomplete.
[[nodiscard]] scanner::ScanWarning scanned_elsewhere(const std::string& attestation, const std::string& key);
// The key of that warning; empty where there is none, or it names none.
[[nodiscard]] std::string attestation_key_of(const scanner::Inventory& inventory);

// Label `result`: what became of one.
inline constexpr const char* kAttestationsTotal = "pratique_attestations_total";
void describe_attestations(net::Metrics& metrics);

struct AttestedInventory {
  scanner::Inventory inventory;
  bool attached_sboms = false;  // whether SBOMs attached to the image were read, too
};

// Statement v1 of in-toto; `repository` names the subject for people.
[[nodiscard]] std::string write_statement(const std::string& repository, const AttestedInventory& attested);

// `manifest` and `platform` are what was asked for. Throws base::ParseError for a statement of another kind or about
// another manifest or platform, and what scanner::parse_inventory() throws: who signed it may still have been wrong.
[[nodiscard]] AttestedInventory parse_statement(const std::string& statement, const base::Digest& manifest,
                                                const std::string& platform);

// Throws base::ParseError: the attestation does not count.
[[noreturn]] void refuse_attestation(const std::string& why);

}  // namespace pratique_operator::reconcilers
