// What the images of a registry have cost, from the ImageScans of all namespaces. Pure.
#pragma once

#include <string>
#include <vector>

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

[[nodiscard]] RegistryUsage usage_of(const kubernetes::Store<crds::ImageScan>& scans, const std::string& server);

}  // namespace pratique_operator::reconcilers
