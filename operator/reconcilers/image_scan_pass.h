// What the files of ImageScanReconciler share, and nobody else includes: one look at one ImageScan.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/image_reference.h"
#include "operator/reconcilers/image_scan_reconciler.h"
#include "scanner/report_wire.h"

namespace pratique_operator::reconcilers {

// The digest of a scan in work, given back when the scan ends, however it ends.
class Flight {
 public:
  Flight(base::Guarded<std::set<std::string>>& in_flight, std::string digest)
      : in_flight_(in_flight),
        digest_(std::move(digest)),
        mine_(in_flight_.with([&](std::set<std::string>& digests) { return digests.insert(digest_).second; })) {}
  ~Flight() {
    if (mine_) {
      in_flight_.with([&](std::set<std::string>& digests) { digests.erase(digest_); });
    }
  }
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;
  [[nodiscard]] bool mine() const { return mine_; }

 private:
  base::Guarded<std::set<std::string>>& in_flight_;
  std::string digest_;
  bool mine_;
};

// One look at one ImageScan.
struct ImageScanReconciler::Pass {
  Pass(const crds::ImageScan& stored, base::SystemTime at, std::stop_token stop_token)
      : key(stored.metadata.key()), scan(stored), written(stored.status), now(at), stop(std::move(stop_token)) {
    scan.status = begin_status(stored, now);
  }

  void look_again_at(const std::optional<base::SystemTime>& time) {
    next_look = time ? std::min(next_look.value_or(*time), *time) : next_look;
  }

  kubernetes::ObjectKey key;
  crds::ImageScan scan;           // its status is what will be written
  crds::ImageScanStatus written;  // what the API server has
  base::SystemTime now;
  std::stop_token stop;
  base::ImageReference reference;
  std::optional<scanner::RegistryAccess> access;      // set once resolved in this pass
  base::ImageReference source;                        // where it was, and the scanner reads; as access
  std::map<std::string, std::string> largest_layers;  // of the platforms, by digest; as access
  std::vector<PlatformResult> platforms;
  std::vector<crds::ScannedPlatform> outdated;  // reported by an older scanner, to be read again now
  bool renewing = false;
  std::optional<base::SystemTime> next_look;      // when an exception ends, or a report may be renewed
  std::optional<std::chrono::milliseconds> rest;  // the registry is left alone for so long, though it ought to be asked
};

}  // namespace pratique_operator::reconcilers
