// What the images of the registries have cost, from the ImageScans of all namespaces.
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

namespace pratique_operator::reconcilers {

struct RegistryUsage {
  std::int64_t images = 0;
  std::int64_t scanned = 0;
  std::int64_t bytes_fetched = 0;
  std::int64_t scan_seconds = 0;
  std::vector<crds::NamespaceUsage> namespaces;  // at most kNamespacesMax, the dearest first
};

inline constexpr std::size_t kNamespacesMax = 64;

// By server ("registry:5000"). Pure.
using UsageByServer = std::map<std::string, RegistryUsage>;
[[nodiscard]] UsageByServer usage_by_server(const kubernetes::Store<crds::ImageScan>& scans);

// Counts for all registries at once: when rows change, each of them asks at the same moment. Thread-safe.
class UsageCounts {
 public:
  // Both borrowed.
  UsageCounts(const kubernetes::Store<crds::ImageScan>& scans, const base::Clock& clock)
      : scans_(scans), clock_(clock) {}

  // At most a second old.
  [[nodiscard]] RegistryUsage of(const std::string& server);

 private:
  struct Count {
    base::SteadyTime at;
    UsageByServer usage;
  };
  const kubernetes::Store<crds::ImageScan>& scans_;
  const base::Clock& clock_;
  base::Guarded<std::optional<Count>> last_;
};

}  // namespace pratique_operator::reconcilers
