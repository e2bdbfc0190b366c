// The operator's side of the scan service: docs/formats/scan-service.md.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "net/http_client.h"
#include "operator/reconcilers/scanner_choice.h"
#include "scanner/report_wire.h"

namespace pratique_operator::reconcilers {

class InventorySource {
 public:
  virtual ~InventorySource() = default;
  // Blocks until the scan is over. `largest_layer` is the digest of what may be known already, empty where the image
  // has no layers. Throws scanner::ScanFailed (the image), base::HttpError (429: all slots are taken),
  // base::NetworkError (no scanner, or it died), base::ParseError. A stop request cancels the scan. Thread-safe.
  [[nodiscard]] virtual scanner::Inventory scan(const scanner::ScanRequest& request, std::string_view largest_layer,
                                                std::stop_token stop) = 0;
};

// Asks the scanner that the largest layer prefers. One that is away, dies or has no free slot makes way for the next,
// and where no slot is free the scan waits at the first that is there. At most three are asked in a scan: an image that
// can kill scanners must not be handed to all.
class ScannerClient final : public InventorySource {
 public:
  // `urls` must not be empty: "https://pratique-scanner:8443". Every address that a host's name has is a scanner.
  explicit ScannerClient(std::vector<net::Url> urls);

  // From now on this is how scanners are spoken to; before the first call scans fail. Thread-safe.
  void set_tls(const net::TlsSettings& tls);

  [[nodiscard]] scanner::Inventory scan(const scanner::ScanRequest& request, std::string_view largest_layer,
                                        std::stop_token stop) override;

 private:
  [[nodiscard]] std::vector<ScannerEndpoint> endpoints() const;

  const std::vector<net::Url> urls_;
  base::Guarded<std::shared_ptr<net::HttpClient>> http_;
  base::Guarded<std::string> certificate_;  // of http_
};

}  // namespace pratique_operator::reconcilers
