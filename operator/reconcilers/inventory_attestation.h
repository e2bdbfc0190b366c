// An inventory as an in-toto statement about the platform manifest that it was read from:
// docs/formats/inventory-attestation.md. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "scanner/report.h"

namespace pratique_operator::reconcilers {

inline constexpr std::string_view kInventoryPredicate = "https://pratique.dev/attestation/inventory/v1";
// Of a statement, and of the envelope around it.
inline constexpr std::size_t kAttestationBytesMax = std::size_t{16} << 20;

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

}  // namespace pratique_operator::reconcilers
