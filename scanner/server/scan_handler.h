// `POST /v1/inventories`, docs/formats/scan-service.md: one request is one scan, its answer a stream of progress lines
// and then the inventory or the reason why there is none.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "net/http_server.h"
#include "net/metrics.h"
#include "scanner/report_wire.h"
#include "scanner/scanner.h"
#include "scanner/server/scan_slots.h"

namespace scanner::server {

// Fetches and reads the image of a request; throws what scan_image() throws.
using ScanFunction =
    std::function<Inventory(const ScanRequest& request, const OnProgress& on_progress, std::stop_token stop)>;

// Thread-safe. Everything that it is given must outlive it.
class ScanHandler {
 public:
  ScanHandler(ScanFunction scan, ScanSlots& slots, net::Metrics& metrics, const base::Clock& clock);

  // A net::Handler.
  void operator()(net::ServerRequest request, net::Responder responder) const;

 private:
  void accept(const ScanRequest& request, net::Responder responder) const;
  void run(const ScanRequest& request, net::Responder& responder, std::stop_token stop) const;
  [[nodiscard]] ScanLine scan_or_tell(const ScanRequest& request, const OnProgress& on_progress,
                                      std::stop_token stop) const;
  void record(const ScanRequest& request, const ScanLine& outcome, base::SteadyTime started) const;

  ScanFunction scan_;
  ScanSlots& slots_;
  net::Metrics& metrics_;
  const base::Clock& clock_;
};

}  // namespace scanner::server
