// The operator's side of the scan service: docs/formats/scan-service.md.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "net/http_client.h"
#include "scanner/report_wire.h"

namespace pratique_operator::reconcilers {

class InventorySource {
 public:
  virtual ~InventorySource() = default;
  // Blocks until the scan is over. Throws scanner::ScanFailed (the image), base::HttpError (429: all slots are taken),
  // base::NetworkError (no scanner, or it died), base::ParseError. A stop request cancels the scan. Thread-safe.
  [[nodiscard]] virtual scanner::Inventory scan(const scanner::ScanRequest& request, std::stop_token stop) = 0;
};

// Spreads scans over the given services in turn. One that cannot be reached fails the scan; the retry takes the next.
class ScannerClient final : public InventorySource {
 public:
  // `urls` must not be empty: "https://pratique-scanner:8443".
  explicit ScannerClient(std::vector<net::Url> urls);

  // From now on this is how scanners are spoken to; before the first call scans fail. Thread-safe.
  void set_tls(const net::TlsSettings& tls);

  [[nodiscard]] scanner::Inventory scan(const scanner::ScanRequest& request, std::stop_token stop) override;

 private:
  [[nodiscard]] net::HttpRequest next_request(const scanner::ScanRequest& request);

  std::vector<net::Url> urls_;
  base::Guarded<std::shared_ptr<net::HttpClient>> http_;
  base::Guarded<std::string> certificate_;  // of http_
  base::Guarded<std::size_t> next_;
};

}  // namespace pratique_operator::reconcilers
