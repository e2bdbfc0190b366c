#include "admission/denials.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <tuple>

#include "admission/failpoints.h"
#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"

namespace admission {
namespace {

constexpr const char* kReports = "pratique_admission_denial_reports_total";

std::int64_t hour_of(base::SystemTime time) {
  return std::chrono::floor<std::chrono::hours>(time.time_since_epoch()).count();
}

const kubernetes::ResourceType& type_of(const PolicyKey& policy) {
  return policy.ns.empty() ? crds::kClusterScanPolicy : crds::kScanPolicy;
}

}  // namespace

void DenialCounts::add(const PolicyKey& policy, base::SystemTime now) {
  Kept& kept = policies_[policy];
  ++kept.denials[hour_of(now)];
  kept.count.last = now;
}

void DenialCounts::add(const PolicyKey& policy, crds::GlassUse use) {
  std::vector<crds::GlassUse>& uses = policies_[policy].count.broken_glass;
  uses.insert(uses.begin(), std::move(use));
  if (uses.size() > kGlassUsesMax) uses.resize(kGlassUsesMax);
}

std::map<PolicyKey, DenialCounts::Count> DenialCounts::counts(base::SystemTime now) {
  constexpr std::int64_t kDay = 24;
  std::map<PolicyKey, Count> counts;
  for (auto& [policy, kept] : policies_) {
    std::erase_if(kept.denials, [&](const auto& hour) { return hour.first <= hour_of(now) - kDay; });
    Count& count = counts[policy];
    count = kept.count;
    for (const auto& [hour, denials] : kept.denials) count.last_24h += denials;
  }
  return counts;
}

PolicyKey policy_key(const std::string& title, const std::string& ns) {
  const std::size_t slash = title.find('/');
  const bool cluster_wide = title.substr(0, slash) == crds::kClusterScanPolicy.kind;
  return {.ns = cluster_wide ? std::string() : ns, .name = title.substr(slash + 1)};
}

namespace {

bool is_after(const std::string& time, base::SystemTime bound) {
  const auto parsed = base::parse_rfc3339(time);
  return parsed && *parsed > bound;
}

bool tells_something(const crds::ReplicaDenials& entry, base::SystemTime now) {
  if (is_after(entry.last_denied, now - std::chrono::hours(24))) return true;
  return !entry.broken_glass.empty() && is_after(entry.broken_glass.front().time, now - std::chrono::hours(24 * 30));
}

// One way to write a time, so that texts are in the order of times.
const std::string& last_word(const crds::ReplicaDenials& entry) {
  if (entry.broken_glass.empty()) return entry.last_denied;
  return std::max(entry.last_denied, entry.broken_glass.front().time);
}

}  // namespace

std::vector<crds::ReplicaDenials> with_entry(const std::vector<crds::ReplicaDenials>& entries,
                                             const crds::ReplicaDenials& own, base::SystemTime now) {
  constexpr std::size_t kEntriesMax = 16;
  std::vector<crds::ReplicaDenials> kept{own};
  for (const crds::ReplicaDenials& entry : entries) {
    if (entry.name != own.name && tells_something(entry, now)) kept.push_back(entry);
  }
  std::sort(kept.begin() + 1, kept.end(), [](const auto& left, const auto& right) {
    return std::tie(last_word(right), left.name) < std::tie(last_word(left), right.name);
  });
  if (kept.size() > kEntriesMax) kept.resize(kEntriesMax);
  return kept;
}

DenialReports::DenialReports(Settings settings)
    : settings_(std::move(settings)), thread_([this](std::stop_token stop) { run(std::move(stop)); }) {
  settings_.metrics.describe(kReports, "Counts of denials written to policies, by result.");
}

DenialReports::~DenialReports() = default;

void DenialReports::denied(const std::vector<std::string>& titles, const std::string& ns) {
  const base::SystemTime now = settings_.clock.system_now();
  counts_.with([&](DenialCounts& counts) {
    for (const std::string& title : titles) counts.add(policy_key(title, ns), now);
  });
}

void DenialReports::broke_glass(const std::string& title, const std::string& ns, crds::GlassUse use) {
  counts_.with([&](DenialCounts& counts) { counts.add(policy_key(title, ns), std::move(use)); });
}

// What changed, once in each interval.
void DenialReports::run(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    wake.wait_for(lock, stop, settings_.interval, [] { return false; });
    if (stop.stop_requested()) return;
    const auto counts = counts_.with([&](DenialCounts& all) { return all.counts(settings_.clock.system_now()); });
    for (const auto& [policy, count] : counts) {
      const auto known = written_.find(policy);
      if (known == written_.end() || known->second != count) tell(policy, count);
    }
  }
}

// What fails is tried again with the next round.
void DenialReports::tell(const PolicyKey& policy, const DenialCounts::Count& count) {
  const char* result = "written";
  try {
    write(policy, count);
    written_[policy] = count;
  } catch (const base::Error& error) {
    result = "failed";
    base::log(base::LogLevel::kWarning, "denials not told",
              {{"policy", policy.name}, {"namespace", policy.ns}, {"error", std::string_view(error.what())}});
  }
  settings_.metrics.add(kReports, {{"result", result}});
}

void DenialReports::write(const PolicyKey& policy, const DenialCounts::Count& count) {
  const std::optional<nlohmann::json> stored = settings_.client->get(type_of(policy), policy);
  if (!stored) return;  // nobody is left to tell
  const crds::ReplicaDenials own{.name = settings_.replica,
                                 .denied_last_24h = count.last_24h,
                                 .last_denied = count.last ? base::format_rfc3339(*count.last) : std::string(),
                                 .broken_glass = count.broken_glass};
  nlohmann::json entries =
      with_entry(stored->get<crds::ScanPolicy>().status.replicas, own, settings_.clock.system_now());
  // The list is replaced whole, so only the version that was read may be.
  settings_.client->merge_patch(type_of(policy), policy,
                                {{"metadata", {{"resourceVersion", kubernetes::resource_version_of(*stored)}}},
                                 {"status", {{"replicas", std::move(entries)}}}},
                                "status");
  base::failpoint(kDenialTold);
}

}  // namespace admission
