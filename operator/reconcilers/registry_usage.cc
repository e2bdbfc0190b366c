#include "operator/reconcilers/registry_usage.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "crds/duration.h"

namespace pratique_operator::reconcilers {

RegistryUsage usage_of(const kubernetes::Store<crds::ImageScan>& scans, const std::string& server) {
  RegistryUsage usage;
  std::map<std::string, crds::NamespaceUsage> by_namespace;
  scans.for_each([&](const kubernetes::ObjectKey& key, const crds::ImageScan& scan) {
    if (!scan.status.image.starts_with(server + "/")) return;
    const kubernetes::Condition* done = kubernetes::find_condition(scan.status.conditions, crds::kScanned);
    const std::int64_t bytes = scan.status.bytes_fetched.value_or(0);
    const std::int64_t seconds = crds::parse_duration(scan.status.duration).value_or(std::chrono::seconds(0)).count();
    crds::NamespaceUsage& of_namespace = by_namespace[key.ns];
    of_namespace.name = key.ns;
    ++of_namespace.images;
    of_namespace.bytes_fetched += bytes;
    of_namespace.scan_seconds += seconds;
    ++usage.images;
    usage.scanned += done != nullptr && done->status == "True" ? 1 : 0;
    usage.bytes_fetched += bytes;
    usage.scan_seconds += seconds;
  });
  for (auto& [name, one] : by_namespace) usage.namespaces.push_back(std::move(one));
  std::ranges::stable_sort(usage.namespaces, std::ranges::greater{}, [](const crds::NamespaceUsage& one) {
    return std::tuple(one.bytes_fetched, one.scan_seconds, one.images);
  });
  if (usage.namespaces.size() > kNamespacesMax) usage.namespaces.resize(kNamespacesMax);
  return usage;
}

}  // namespace pratique_operator::reconcilers
