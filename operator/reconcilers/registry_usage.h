// How many images of the registries there are, from the ImageScans of all namespaces, and what their scans have cost in
// all, by the meter and by what the ScanRegistries' statuses remember of earlier leaders.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "crds/image_scan.h"
#include "crds/scan_registry.h"
#include "kubernetes/store.h"
#include "operator/reconcilers/scan_meter.h"

namespace pratique_operator::reconcilers {

// Of one server, now.
struct ImageCounts {
  std::int64_t images = 0;
  std::int64_t scanned = 0;
  std::map<std::string, std::int64_t> by_namespace;  // images
};

// By server ("registry:5000"). Pure.
using CountsByServer = std::map<std::string, ImageCounts>;
[[nodiscard]] CountsByServer counts_by_server(const kubernetes::Store<crds::ImageScan>& scans);

inline constexpr std::size_t kNamespacesMax = 64;

// For ScanRegistry.status: at most kNamespacesMax of them, the dearest first. Pure.
[[nodiscard]] std::vector<crds::NamespaceUsage> usage_of_namespaces(const ImageCounts& counts, const Metered& metered);

// Counts for all registries at once: when rows change, each of them asks at the same moment. Thread-safe.
class UsageCounts {
 public:
  // Both borrowed.
  UsageCounts(const kubernetes::Store<crds::ImageScan>& scans, const base::Clock& clock)
      : scans_(scans), clock_(clock) {}

  // At most a second old.
  [[nodiscard]] ImageCounts of(const std::string& server);

 private:
  struct Count {
    base::SteadyTime at;
    CountsByServer counts;
  };
  const kubernetes::Store<crds::ImageScan>& scans_;
  const base::Clock& clock_;
  base::Guarded<std::optional<Count>> last_;
};

// The sums of all leaders: what a ScanRegistry said when this program first saw it, and what was metered since. A sum
// never falls, and begins at zero with its object. Thread-safe.
class UsageTotals {
 public:
  // Borrows the meter.
  explicit UsageTotals(const ScanMeter& meter) : meter_(meter) {}

  [[nodiscard]] Metered of(const crds::ScanRegistry& registry);
  void forget(const kubernetes::ObjectKey& registry);

 private:
  struct Begin {
    std::string uid;
    Metered said;     // by earlier leaders
    Metered metered;  // before the object was there
  };
  const ScanMeter& meter_;
  base::Guarded<std::map<kubernetes::ObjectKey, Begin>> begins_;
};

}  // namespace pratique_operator::reconcilers
