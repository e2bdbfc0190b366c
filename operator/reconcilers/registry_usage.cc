#include "operator/reconcilers/registry_usage.h"

#include <algorithm>
#include <tuple>

#include "crds/duration.h"

namespace pratique_operator::reconcilers {
namespace {

constexpr std::chrono::seconds kFresh{1};

struct Counted {
  RegistryUsage usage;
  std::map<std::string, crds::NamespaceUsage> by_namespace;
};

void count(const std::string& ns, const crds::ImageScan& scan, Counted& counted) {
  const kubernetes::Condition* done = kubernetes::find_condition(scan.status.conditions, crds::kScanned);
  const std::int64_t bytes = scan.status.bytes_fetched.value_or(0);
  const std::int64_t seconds = crds::parse_duration(scan.status.duration).value_or(std::chrono::seconds(0)).count();
  crds::NamespaceUsage& of_namespace = counted.by_namespace[ns];
  of_namespace.name = ns;
  ++of_namespace.images;
  of_namespace.bytes_fetched += bytes;
  of_namespace.scan_seconds += seconds;
  ++counted.usage.images;
  counted.usage.scanned += done != nullptr && done->status == "True" ? 1 : 0;
  counted.usage.bytes_fetched += bytes;
  counted.usage.scan_seconds += seconds;
}

RegistryUsage finished(Counted counted) {
  RegistryUsage usage = std::move(counted.usage);
  for (auto& [name, one] : counted.by_namespace) usage.namespaces.push_back(std::move(one));
  std::ranges::stable_sort(usage.namespaces, std::ranges::greater{}, [](const crds::NamespaceUsage& one) {
    return std::tuple(one.bytes_fetched, one.scan_seconds, one.images);
  });
  if (usage.namespaces.size() > kNamespacesMax) usage.namespaces.resize(kNamespacesMax);
  return usage;
}

RegistryUsage usage_of(const UsageByServer& usage, const std::string& server) {
  const auto found = usage.find(server);
  return found == usage.end() ? RegistryUsage() : found->second;
}

}  // namespace

UsageByServer usage_by_server(const kubernetes::Store<crds::ImageScan>& scans) {
  std::map<std::string, Counted> counted;
  scans.for_each([&](const kubernetes::ObjectKey& key, const crds::ImageScan& scan) {
    const std::size_t slash = scan.status.image.find('/');
    if (slash != std::string::npos) count(key.ns, scan, counted[scan.status.image.substr(0, slash)]);
  });
  UsageByServer usage;
  for (auto& [server, one] : counted) usage.emplace(server, finished(std::move(one)));
  return usage;
}

RegistryUsage UsageCounts::of(const std::string& server) {
  const base::SteadyTime now = clock_.steady_now();
  const std::optional<RegistryUsage> known = last_.with([&](const auto& last) {
    const bool is_fresh = last && now - last->at < kFresh;
    return is_fresh ? std::optional(usage_of(last->usage, server)) : std::nullopt;
  });
  if (known) return *known;
  // With no lock held: the walk takes long where there are many. Two who come at the same moment may both count.
  Count count{.at = now, .usage = usage_by_server(scans_)};
  RegistryUsage usage = usage_of(count.usage, server);
  last_.with([&](auto& last) { last = std::move(count); });
  return usage;
}

}  // namespace pratique_operator::reconcilers
