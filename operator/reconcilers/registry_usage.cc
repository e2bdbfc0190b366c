#include "operator/reconcilers/registry_usage.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace pratique_operator::reconcilers {
namespace {

constexpr std::chrono::seconds kFresh{1};

void count(const std::string& ns, const crds::ImageScan& scan, ImageCounts& counts) {
  const kubernetes::Condition* done = kubernetes::find_condition(scan.status.conditions, crds::kScanned);
  ++counts.images;
  counts.scanned += done != nullptr && done->status == "True" ? 1 : 0;
  ++counts.by_namespace[ns];
}

ImageCounts counts_of(const CountsByServer& counts, const std::string& server) {
  const auto found = counts.find(server);
  return found == counts.end() ? ImageCounts() : found->second;
}

// What the last leader wrote.
Metered said_by(const crds::ScanRegistryStatus& status) {
  Metered said;
  said.total = {.scans = status.scans.value_or(0),
                .bytes = status.bytes_fetched.value_or(0),
                .seconds = status.scan_seconds.value_or(0)};
  for (const crds::NamespaceUsage& one : status.namespaces) {
    said.by_namespace[one.name] = {.scans = one.scans, .bytes = one.bytes_fetched, .seconds = one.scan_seconds};
  }
  return said;
}

ScanCost cost_of(const Metered& metered, const std::string& ns) {
  const auto found = metered.by_namespace.find(ns);
  return found == metered.by_namespace.end() ? ScanCost() : found->second;
}

// At least what the object says: a watch may have lagged when the sum began.
ScanCost sum_of(const ScanCost& said, const ScanCost& metered, const ScanCost& before, const ScanCost& now_said) {
  return {.scans = std::max(said.scans + metered.scans - before.scans, now_said.scans),
          .bytes = std::max(said.bytes + metered.bytes - before.bytes, now_said.bytes),
          .seconds = std::max(said.seconds + metered.seconds - before.seconds, now_said.seconds)};
}

}  // namespace

CountsByServer counts_by_server(const kubernetes::Store<crds::ImageScan>& scans) {
  CountsByServer counts;
  scans.for_each([&](const kubernetes::ObjectKey& key, const crds::ImageScan& scan) {
    const std::size_t slash = scan.status.image.find('/');
    if (slash != std::string::npos) count(key.ns, scan, counts[scan.status.image.substr(0, slash)]);
  });
  return counts;
}

std::vector<crds::NamespaceUsage> usage_of_namespaces(const ImageCounts& counts, const Metered& metered) {
  std::set<std::string> names;
  for (const auto& [name, images] : counts.by_namespace) names.insert(name);
  for (const auto& [name, cost] : metered.by_namespace) names.insert(name);
  std::vector<crds::NamespaceUsage> usage;
  for (const std::string& name : names) {
    const auto images = counts.by_namespace.find(name);
    const ScanCost cost = cost_of(metered, name);
    usage.push_back({.name = name,
                     .images = images == counts.by_namespace.end() ? 0 : images->second,
                     .scans = cost.scans,
                     .bytes_fetched = cost.bytes,
                     .scan_seconds = cost.seconds});
  }
  std::ranges::stable_sort(usage, std::ranges::greater{}, [](const crds::NamespaceUsage& one) {
    return std::tuple(one.bytes_fetched, one.scan_seconds, one.images);
  });
  if (usage.size() > kNamespacesMax) usage.resize(kNamespacesMax);
  return usage;
}

ImageCounts UsageCounts::of(const std::string& server) {
  const base::SteadyTime now = clock_.steady_now();
  const std::optional<ImageCounts> known = last_.with([&](const auto& last) {
    const bool is_fresh = last && now - last->at < kFresh;
    return is_fresh ? std::optional(counts_of(last->counts, server)) : std::nullopt;
  });
  if (known) return *known;
  // With no lock held: the walk takes long where there are many. Two who come at the same moment may both count.
  Count count{.at = now, .counts = counts_by_server(scans_)};
  ImageCounts counts = counts_of(count.counts, server);
  last_.with([&](auto& last) { last = std::move(count); });
  return counts;
}

Metered UsageTotals::of(const crds::ScanRegistry& registry) {
  const Metered now_said = said_by(registry.status);
  const Metered metered = meter_.of(registry.spec.server);
  const Begin begin = begins_.with([&](auto& begins) {
    const auto known = begins.find(registry.metadata.key());
    if (known != begins.end() && known->second.uid == registry.metadata.uid) return known->second;
    // One that nobody has written a status of is new, and what was scanned before is not its own.
    const bool is_new = registry.status.observed_generation == 0;
    const Begin first_look{.uid = registry.metadata.uid, .said = now_said, .metered = is_new ? metered : Metered()};
    begins.insert_or_assign(registry.metadata.key(), first_look);
    return first_look;
  });
  Metered sums;
  sums.total = sum_of(begin.said.total, metered.total, begin.metered.total, now_said.total);
  std::set<std::string> names;
  for (const Metered* one : {&begin.said, &metered, &now_said}) {
    for (const auto& [name, cost] : one->by_namespace) names.insert(name);
  }
  for (const std::string& name : names) {
    sums.by_namespace[name] = sum_of(cost_of(begin.said, name), cost_of(metered, name), cost_of(begin.metered, name),
                                     cost_of(now_said, name));
  }
  return sums;
}

void UsageTotals::forget(const kubernetes::ObjectKey& registry) {
  begins_.with([&](auto& begins) { begins.erase(registry); });
}

}  // namespace pratique_operator::reconcilers
