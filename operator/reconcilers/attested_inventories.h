// An image that another cluster has scanned is not scanned again: inventories are attached to the images in their
// registry, signed, and taken from there. docs/formats/inventory-attestation.md.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"
#include "kubernetes/api_client.h"
#include "net/metrics.h"
#include "operator/reconcilers/registry_settings.h"
#include "operator/reconcilers/scanner_client.h"
#include "registry/image_source.h"

namespace pratique_operator::reconcilers {

// Of one image; those past it are not looked at.
inline constexpr std::size_t kAttestationsMax = 8;

// An inventory that a trusted key has signed, where the ScanRegistry of the image names keys and there is one that is
// complete and of a scanner no older than this release; else what the scanners say, which is attached in its turn where
// the ScanRegistry wants that. An attestation that cannot be read, believed or pushed never costs the scan: it is
// counted, logged, and shown by the ScanRegistry.
class AttestedInventories final : public InventorySource {
 public:
  struct Surroundings {  // borrowed, but for what is a value
    InventorySource& scanners;
    kubernetes::ApiClient& api;
    const base::Clock& clock;
    net::Metrics& metrics;
    std::function<ScanRegistries()> registries;
    std::string operator_namespace;  // of the key that signs and of the credentials that may push
  };
  explicit AttestedInventories(Surroundings surroundings);

  [[nodiscard]] scanner::Inventory scan(const scanner::ScanRequest& request, std::string_view largest_layer,
                                        std::stop_token stop) override;

  // How the last push to this server ended: empty, or why it failed. Nullopt: none was tried by this process.
  [[nodiscard]] std::optional<std::string> last_push(const std::string& server) const;

 private:
  struct Wanted;

  [[nodiscard]] std::optional<scanner::Inventory> find(const Wanted& wanted, const std::stop_token& stop);
  [[nodiscard]] std::optional<scanner::Inventory> look_at(registry::ImageSource& source, const base::Digest& attached,
                                                          const Wanted& wanted, const std::stop_token& stop);
  // Throws base::ParseError that says why it does not count, and what ImageSource throws.
  [[nodiscard]] scanner::Inventory believed(registry::ImageSource& source, const base::Digest& attached,
                                            const Wanted& wanted, const std::stop_token& stop);
  void attach(const scanner::Inventory& inventory, const Wanted& wanted, const std::stop_token& stop);
  [[nodiscard]] std::string envelope_of(const scanner::Inventory& inventory, const Wanted& wanted);
  void count(const char* result);

  Surroundings with_;
  base::Guarded<std::map<std::string, std::string>> pushes_;  // by server; empty: the last one succeeded
};

}  // namespace pratique_operator::reconcilers
