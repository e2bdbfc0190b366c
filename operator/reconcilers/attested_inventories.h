// An image that another cluster has scanned is not scanned again: inventories are attached to the images in their
// registry, signed (attestation_reconciler.h), and taken from there. docs/formats/inventory-attestation.md.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "net/metrics.h"
#include "operator/reconcilers/registry_settings.h"
#include "operator/reconcilers/scanner_client.h"
#include "registry/image_source.h"
#include "registry/request_gate.h"

namespace pratique_operator::reconcilers {

// Of one image; those past it are not looked at.
inline constexpr std::size_t kAttestationsMax = 8;

// An inventory that a trusted key has signed, where the ScanRegistry of the image names keys and there is one that is
// complete and of a scanner no older than this release; else what the scanners say. An attestation that cannot be read
// or believed never costs the scan: it is counted and logged.
class AttestedInventories final : public InventorySource {
 public:
  struct Surroundings {  // borrowed, but for what is a value
    InventorySource& scanners;
    const base::Clock& clock;
    net::Metrics& metrics;
    std::function<ScanRegistries()> registries;
    registry::RequestGate* gate = nullptr;  // of the requests to registries; null: none
  };
  explicit AttestedInventories(Surroundings surroundings);

  [[nodiscard]] scanner::Inventory scan(const scanner::ScanRequest& request, std::string_view largest_layer,
                                        std::stop_token stop) override;

 private:
  struct Wanted;

  [[nodiscard]] std::optional<scanner::Inventory> find(const Wanted& wanted, const std::stop_token& stop);
  [[nodiscard]] std::optional<scanner::Inventory> look_at(registry::ImageSource& source, const base::Digest& attached,
                                                          const Wanted& wanted, const base::Patience& patience);
  // Throws base::ParseError that says why it does not count, and what ImageSource throws.
  [[nodiscard]] scanner::Inventory believed(registry::ImageSource& source, const base::Digest& attached,
                                            const Wanted& wanted, const base::Patience& patience);
  void count(const char* result);

  Surroundings with_;
};

}  // namespace pratique_operator::reconcilers
