// How far scanning lags behind, as metrics: docs/metrics.md.
#pragma once

#include <cstddef>
#include <map>

#include "base/clock.h"
#include "crds/image_scan.h"
#include "kubernetes/store.h"
#include "net/metrics.h"
#include "operator/controller/reconciler.h"

namespace pratique_operator::reconcilers {

struct ScanBacklog {
  std::size_t unscanned = 0;       // ImageScans without a scan that counts, suspended ones left out
  std::chrono::seconds oldest{0};  // how long the first of them has been without
  bool operator==(const ScanBacklog&) const = default;
};

// Since when each ImageScan has been without a scan, as far as somebody looked.
using UnscannedSince = std::map<kubernetes::ObjectKey, base::SystemTime>;

// Brings `since` up to date: a condition alone would not tell, for every failed try changes it. Pure.
[[nodiscard]] ScanBacklog backlog_of(const kubernetes::Store<crds::ImageScan>& scans, UnscannedSince& since,
                                     base::SystemTime now);

// Publishes the backlog every 15 seconds. One key.
class ScanBacklogReconciler final : public controller::Reconciler {
 public:
  // Borrows all; they must outlive it.
  ScanBacklogReconciler(const kubernetes::Store<crds::ImageScan>& scans, const base::Clock& clock,
                        net::Metrics& metrics);

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;

 private:
  const kubernetes::Store<crds::ImageScan>& scans_;
  const base::Clock& clock_;
  net::Metrics& metrics_;
  UnscannedSince since_;  // one worker
};

}  // namespace pratique_operator::reconcilers
