// `POST /v1/inventories`, docs/formats/scan-service.md: one request is one scan, its answer a stream of progress lines
// and then the inventory or the reason why there is none.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "net/http_server.h"
#include "net/metrics.h"
#include "scanner/report_wire.h"
#include "scanner/scanner.h"
#include "scanner/server/scan_answer.h"
#include "scanner/server/scan_slots.h"

namespace scanner::server {

// Fetches and reads the image of a request; throws what scan_image() throws.
using ScanFunction =
    std::function<Inventory(const ScanRequest& request, const OnProgress& on_progress, std::stop_token stop)>;

// Where scans run and what they are counted and timed with. Borrowed; must outlive the handler.
struct ScanEnvironment {
  ScanSlots& slots;
  net::Metrics& metrics;
  const base::Clock& clock;
  // How often a caller hears something, and so how soon a scan that nobody waits for ends.
  std::chrono::milliseconds sign_of_life{5'000};
};

// Thread-safe. The slots must be stopped before it goes.
class ScanHandler {
 public:
  ScanHandler(ScanFunction scan, const ScanEnvironment& environment);

  // A net::Handler.
  void operator()(net::ServerRequest request, net::Responder responder);

 private:
  void accept(const ScanRequest& request, net::Responder responder);
  void run(const ScanRequest& request, ScanAnswer& answer, std::stop_token stop) const;
  [[nodiscard]] ScanLine scan_or_tell(const ScanRequest& request, ScanAnswer& answer) const;
  void record(const ScanRequest& request, const ScanLine& outcome, base::SteadyTime started) const;
  void give_signs_of_life(std::stop_token stop);

  ScanFunction scan_;
  ScanEnvironment environment_;
  std::mutex mutex_;
  std::vector<std::weak_ptr<ScanAnswer>> answers_;  // guarded by mutex_: queued and running
  std::condition_variable_any ending_;
  std::jthread life_;
};

}  // namespace scanner::server
