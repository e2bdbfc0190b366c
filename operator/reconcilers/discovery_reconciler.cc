#include "operator/reconcilers/discovery_reconciler.h"

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "operator/reconcilers/announcements.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::ScanRegistry;
using kubernetes::Condition;
using kubernetes::ObjectKey;

constexpr const char* kDiscovered = "Discovered";
constexpr std::int64_t kRequestsPerSecond = 10;
constexpr std::size_t kFailureBytesShown = 700;
constexpr int kTooManyRequests = 429;
// Behind a walk that took longer than its interval.
constexpr std::chrono::seconds kPauseMin{1};

// Spreads requests evenly: a walk must not be what makes a registry refuse its other clients.
class Pace {
 public:
  Pace(std::int64_t requests_per_second, std::stop_token stop)
      : gap_(std::chrono::nanoseconds(std::chrono::seconds(1)) / requests_per_second), stop_(std::move(stop)) {}

  void wait() {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_until(lock, stop_, next_, [] { return false; });
    next_ = std::max(next_, std::chrono::steady_clock::now()) + gap_;
  }

 private:
  std::chrono::nanoseconds gap_;
  std::stop_token stop_;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
};

std::string counted(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

Condition condition_of(const char* status, const char* reason, std::string message) {
  Condition condition;
  condition.type = kDiscovered;
  condition.status = status;
  condition.reason = reason;
  condition.message = std::move(message);
  return condition;
}

Condition outcome_of(const DiscoveryRound& round) {
  const DiscoveryCounts& counts = round.counts();
  Condition condition = condition_of(
      "True", "Listed",
      counted(counts.repositories, "repository", "repositories") + ", " + counted(counts.images, "image", "images"));
  if (round.failures().empty()) return condition;
  condition.status = "False";
  condition.reason = "Incomplete";
  condition.message += "; not looked at: " + round.failures().front();
  if (round.failures().size() > 1)
    condition.message += ", and " + std::to_string(round.failures().size() - 1) + " more";
  return condition;
}

// What a person can do about it.
Condition failure_of(const ScanRegistry& registry, const base::Error& error) {
  Condition condition = condition_of("False", "ListFailed", base::escape_text(error.what(), kFailureBytesShown));
  const auto* http = dynamic_cast<const base::HttpError*>(&error);
  if (http == nullptr) return condition;
  if (http->status() == kTooManyRequests) condition.reason = "Throttled";
  const bool refused = http->status() == 401 || http->status() == 403 || http->status() == 404;
  if (refused && needs_catalogue(*registry.spec.discovery)) {
    condition.message += "; if it lists no repositories, name them in spec.discovery.repositories without wildcards";
  }
  return condition;
}

}  // namespace

controller::Result DiscoveryReconciler::reconcile(const ObjectKey& key, std::stop_token stop) {
  const auto registry = with_.registries.get(key);
  if (!registry || !registry->spec.discovery) {
    rounds_.with([&](auto& rounds) { rounds.erase(key); });
    return {};
  }
  if (const std::chrono::seconds wait = due_in(*registry); wait > std::chrono::seconds(0)) {
    return {.requeue_after = wait};
  }
  if (const auto wait = with_.pauses.wait_of(registry->spec.server, key.text())) return {.requeue_after = *wait};
  const std::shared_ptr<DiscoveryRound> round = round_of(registry);
  registry::RegistryListing listing(listing_of(*registry, stop), with_.clock);
  if (!round->run(listing, stop)) return {.requeue_after = std::chrono::milliseconds(0)};
  rounds_.with([&](auto& rounds) { rounds.erase(key); });
  write_status(*registry, outcome_of(*round), {{"lastDiscovery", base::format_rfc3339(round->began())}});
  return {.requeue_after = std::max(kPauseMin, time_left(round->began(), *registry->spec.discovery))};
}

// Of the interval, which begins with the walk: what is pushed while it is under way waits no longer than that.
std::chrono::seconds DiscoveryReconciler::time_left(base::SystemTime began, const crds::Discovery& discovery) const {
  return std::chrono::ceil<std::chrono::seconds>(began + interval_of(discovery) - with_.clock.system_now());
}

// By what the object says, so that a new leader does not walk through everything at once.
std::chrono::seconds DiscoveryReconciler::due_in(const ScanRegistry& registry) const {
  const Condition* said = kubernetes::find_condition(registry.status.conditions, kDiscovered);
  const std::optional<base::SystemTime> last = base::parse_rfc3339(registry.status.last_discovery);
  const bool is_of_this_spec = said != nullptr && said->observed_generation == registry.metadata.generation.value_or(0);
  const bool is_whole = said != nullptr && (said->reason == "Listed" || said->reason == "Incomplete");
  if (!last || !is_of_this_spec || !is_whole) return std::chrono::seconds(0);
  return time_left(*last, *registry.spec.discovery);
}

// The one that was broken off, if it is of this spec.
std::shared_ptr<DiscoveryRound> DiscoveryReconciler::round_of(const std::shared_ptr<const ScanRegistry>& registry) {
  return rounds_.with([&](auto& rounds) {
    std::shared_ptr<DiscoveryRound>& round = rounds[registry->metadata.key()];
    if (!round || round->registry().spec != registry->spec) {
      round = std::make_shared<DiscoveryRound>(
          registry,
          DiscoveryRound::Surroundings{
              .dates = dates_, .scans = with_.scans, .index = with_.index, .api = with_.api, .clock = with_.clock});
    }
    return round;
  });
}

registry::ListingSettings DiscoveryReconciler::listing_of(const ScanRegistry& registry, const std::stop_token& stop) {
  const crds::ScanRegistrySpec& spec = registry.spec;
  const RegistrySettings settings = settings_for(with_.all_registries(), spec.server, spec.ns);
  registry::ListingSettings listing{
      .server = spec.server, .policy = settings.policy, .ca_bundle_pem = settings.ca_bundle_pem, .tokens = tokens_};
  listing.keyring = keyring_for({.host = spec.server, .ns = spec.ns, .pull_secrets = {}}, settings, with_.api,
                                with_.provider_credential, stop);
  const auto pace = std::make_shared<Pace>(
      std::max<std::int64_t>(1, spec.rate_limit.requests_per_second.value_or(kRequestsPerSecond)), stop);
  listing.before_request = [pace] { pace->wait(); };
  listing.gate = &with_.pauses;
  return listing;
}

void DiscoveryReconciler::report_failure(const ObjectKey& key, const base::Error& error) {
  const auto registry = with_.registries.get(key);
  if (!registry || !registry->spec.discovery) return;
  nlohmann::json fields = nlohmann::json::object();
  if (!registry->status.last_discovery.empty()) fields["lastDiscovery"] = registry->status.last_discovery;
  write_status(*registry, failure_of(*registry, error), std::move(fields));
}

void DiscoveryReconciler::write_status(const ScanRegistry& registry, Condition condition, nlohmann::json fields) {
  std::vector<Condition> conditions = registry.status.conditions;
  condition.observed_generation = registry.metadata.generation.value_or(0);
  kubernetes::set_condition(conditions, condition, base::format_rfc3339(with_.clock.system_now()));
  fields["conditions"] = nlohmann::json::array({*kubernetes::find_condition(conditions, kDiscovered)});
  with_.api.apply(crds::kScanRegistry,
                  {{"apiVersion", crds::kScanRegistry.api_version()},
                   {"kind", crds::kScanRegistry.kind},
                   {"metadata", {{"name", registry.metadata.name}}},
                   {"status", std::move(fields)}},
                  {.field_manager = kDiscoveryFieldOwner, .subresource = "status"});
  tell(with_.events, crds::kScanRegistry, registry.metadata, announce_registry(registry.status.conditions, conditions));
}

}  // namespace pratique_operator::reconcilers
