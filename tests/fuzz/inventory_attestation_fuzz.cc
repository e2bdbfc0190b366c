// Inventories that somebody attached to an image, in an envelope and bare, as if the key were right: what is taken is
// about the image that was asked for, and is what would be written of it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/signed_envelope.h"
#include "operator/reconcilers/inventory_attestation.h"
#include "scanner/report_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pratique_operator::reconcilers;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const base::Digest manifest = base::Digest::of("image");
  constexpr const char* kPlatform = "linux/amd64";
  try {
    const std::optional<net::Envelope> envelope = net::read_envelope(text);
    const AttestedInventory first = parse_statement(envelope ? envelope->payload : text, manifest, kPlatform);
    CHECK(first.inventory.digest == manifest.text() && first.inventory.platform == kPlatform);
    const AttestedInventory second = parse_statement(write_statement("web", first), manifest, kPlatform);
    CHECK(second.attached_sboms == first.attached_sboms);
    CHECK(scanner::write_inventory(second.inventory) == scanner::write_inventory(first.inventory));
  } catch (const base::Error&) {
    return 0;
  }
  return 0;
}
