#include "operator/reconcilers/collection.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/failpoint.h"
#include "crds/duration.h"
#include "crds/object_names.h"
#include "operator/failpoints.h"
#include "operator/reconcilers/discovery_round.h"
#include "operator/reconcilers/failure.h"
#include "operator/reconcilers/pass_writes.h"
#include "operator/reconcilers/workload_reconciler.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::ImageScan;
using kubernetes::ObjectKey;

constexpr std::chrono::minutes kPeriod{1};
constexpr std::chrono::hours kScanKept{1};
constexpr std::chrono::hours kReportKept{24};

bool has_label(const ImageScan& scan, std::string_view name, std::string_view value) {
  const auto found = scan.metadata.labels.find(std::string(name));
  return found != scan.metadata.labels.end() && found->second == value;
}

bool made_by_pratique(const ImageScan& scan) {
  return has_label(scan, crds::kManagedByLabel, crds::kManagedByPratique);
}

bool made_by_event(const ImageScan& scan) {
  return made_by_pratique(scan) && has_label(scan, kMadeForEventLabel, "true");
}

// A walk through the registry found it and finds it still; it takes the label away where not.
bool is_discovered(const ImageScan& scan, const ScanRegistries& registries) {
  return std::ranges::any_of(registries, [&](const auto& registry) {
    return registry->spec.discovery && has_label(scan, kMadeForDiscoveryLabel, registry->metadata.name);
  });
}

// Each push asks for a resolution, so the annotation tells when the tag was last pushed.
base::SystemTime last_push(const ImageScan& scan, base::SystemTime now) {
  const auto annotation = scan.metadata.annotations.find(std::string(crds::kRescanRequestedAt));
  const std::string& text =
      annotation == scan.metadata.annotations.end() ? scan.metadata.creation_timestamp : annotation->second;
  return base::parse_rfc3339(text).value_or(now);
}

// Whose newest tags are kept.
struct Repository {
  std::string ns;    // of the ImageScans
  std::string name;  // "registry:5000/shop/web"
  auto operator<=>(const Repository&) const = default;
};

// The one that put the ImageScan where it is; else, after its namespace was changed, any of the server.
const crds::ScanRegistry* registry_of(const Repository& repository, const ScanRegistries& registries) {
  const crds::ScanRegistry* of_server = nullptr;
  for (const auto& registry : registries) {
    if (repository.name.starts_with(registry->spec.server + "/")) {
      if (registry->spec.ns == repository.ns) {
        return registry.get();
      }
      of_server = registry.get();
    }
  }
  return of_server;
}

bool was_not_resolved_for(const ImageScan& scan, std::string_view reason) {
  const kubernetes::Condition* resolved = kubernetes::find_condition(scan.status.conditions, crds::kResolved);
  return resolved != nullptr && resolved->status == "False" && resolved->reason == reason;
}

// The last resolution found no such tag. A registry that is away or refuses says nothing about it.
bool tag_is_gone(const ImageScan& scan) {
  return was_not_resolved_for(scan, "NotFound");
}

// Signatures and attestations are pushed as images are, one of our own with each scan.
bool is_artifact_of_event(const ImageScan& scan) {
  return made_by_event(scan) && was_not_resolved_for(scan, kNotAnImage);
}

// Whether the API server says no to this one: somebody has touched it, or it is protected, perhaps with its namespace.
// One that wants to be left alone would say no to all.
bool is_about_one_object(const kubernetes::ApiError& error) {
  constexpr std::array<int, 3> kOfAll = {429, 503, 504};
  return std::ranges::find(kOfAll, error.status()) == kOfAll.end();
}

// Remembers since when each key is unused, forgets those that are used again, and answers those past their time.
std::vector<ObjectKey> ripe(std::map<ObjectKey, base::SteadyTime>& since, const std::set<ObjectKey>& unused,
                            base::SteadyTime now, std::chrono::hours kept) {
  std::erase_if(since, [&](const auto& entry) { return !unused.contains(entry.first); });
  std::vector<ObjectKey> keys;
  for (const ObjectKey& key : unused) {
    const auto [place, is_new] = since.try_emplace(key, now);
    if (now - place->second >= kept) {
      keys.push_back(key);
    }
  }
  return keys;
}

}  // namespace

PushedTag pushed_tag(const ImageScan& scan, base::SystemTime now) {
  return {.key = scan.metadata.key(),
          .repository = repository_of(scan.spec.image),
          .last_push = last_push(scan, now),
          .is_gone = tag_is_gone(scan)};
}

std::vector<ObjectKey> past_retention(const std::vector<PushedTag>& made_by_events, const ScanRegistries& registries,
                                      base::SystemTime now) {
  std::map<Repository, std::vector<std::pair<base::SystemTime, ObjectKey>>> by_repository;
  std::vector<ObjectKey> keys;
  for (const PushedTag& tag : made_by_events) {
    if (tag.is_gone) {
      keys.push_back(tag.key);
    } else {
      by_repository[{.ns = tag.key.ns, .name = tag.repository}].emplace_back(tag.last_push, tag.key);
    }
  }
  for (auto& [repository, scans] : by_repository) {
    const crds::ScanRegistry* registry = registry_of(repository, registries);
    const crds::Retention retention = registry != nullptr ? registry->spec.retention : crds::Retention{};
    const std::chrono::seconds age_max = crds::parse_duration(retention.age).value_or(std::chrono::hours(24 * 30));
    std::ranges::sort(scans, std::ranges::greater{});
    for (std::size_t i = 0; i < scans.size(); ++i) {
      const auto& [pushed, key] = scans[i];
      if (now - pushed > age_max || i >= static_cast<std::size_t>(std::max<std::int64_t>(1, retention.tags))) {
        keys.push_back(key);
      }
    }
  }
  return keys;
}

// Thousands of removals take minutes, in which a Lease may be lost, and what was unused be used again.
controller::Result CollectionReconciler::reconcile(const ObjectKey& /*key*/, std::stop_token stop) {
  const base::SteadyTime now = with_.clock.steady_now();
  PassWrites removals(is_about_one_object);
  for (const JudgedScan& judged : unused_scans(now)) {
    if (stop.stop_requested()) return {};
    const auto scan = with_.scans.get(judged.key);
    // Who uses an image again need not touch its ImageScan.
    if (!scan || is_used(*scan)) continue;
    removals.attempt([&] { with_.api.remove(crds::kImageScan, judged.key, judged.resource_version); });
    base::failpoint(kScanCollected);
  }
  for (const ObjectKey& key : unused_reports(now)) {
    if (stop.stop_requested()) return {};
    if (is_named(key)) continue;
    removals.attempt([&] { with_.api.remove(crds::kImageReport, key, {}); });
  }
  removals.finish();
  return {.requeue_after = kPeriod};
}

bool CollectionReconciler::is_used(const ImageScan& scan) const {
  const crds::UsedBy used_by = with_.used_by(scan);
  return used_by.pods + used_by.workloads > 0;
}

bool CollectionReconciler::is_named(const ObjectKey& report) const {
  const std::optional<base::Digest> manifest = crds::manifest_of_report(report.name);
  return manifest && with_.index.knows_manifest(manifest->text());
}

std::vector<CollectionReconciler::JudgedScan> CollectionReconciler::unused_scans(base::SteadyTime now) {
  std::vector<JudgedScan> going;
  std::vector<PushedTag> made_by_events;
  std::set<ObjectKey> unused;
  std::map<ObjectKey, std::string> versions;  // of what may go
  const ScanRegistries registries = with_.registries();
  with_.scans.for_each([&](const ObjectKey& key, const ImageScan& scan) {
    if (!made_by_pratique(scan) || is_used(scan) || is_discovered(scan, registries)) {
      return;
    }
    if (is_artifact_of_event(scan)) {
      going.push_back({key, scan.metadata.resource_version});
      return;
    }
    versions.emplace(key, scan.metadata.resource_version);
    if (made_by_event(scan)) {
      made_by_events.push_back(pushed_tag(scan, with_.clock.system_now()));
    } else {
      unused.insert(key);
    }
  });
  for (const ObjectKey& key : past_retention(made_by_events, registries, with_.clock.system_now())) {
    unused.insert(key);
  }
  for (const ObjectKey& key : ripe(scan_unused_since_, unused, now, kScanKept)) {
    going.push_back({key, versions.at(key)});
  }
  return going;
}

// By their names alone: what reports say is not in memory.
std::vector<ObjectKey> CollectionReconciler::unused_reports(base::SteadyTime now) {
  std::set<ObjectKey> unused;
  for (const ObjectKey& key : with_.reports.keys()) {
    if (!is_named(key)) unused.insert(key);
  }
  return ripe(report_unused_since_, unused, now, kReportKept);
}

}  // namespace pratique_operator::reconcilers
