#include "operator/reconcilers/scan_registry_reconciler.h"

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "kubernetes/apply.h"
#include "operator/reconcilers/announcements.h"
#include "operator/reconcilers/field_owner.h"
#include "operator/reconcilers/registry_login.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::ScanRegistry;
using kubernetes::Condition;

constexpr std::chrono::minutes kPeriod{5};
constexpr std::chrono::minutes kPeriodAfterFailure{1};

std::chrono::minutes period_after(const RegistryConditions& said) {
  return said.reachable.status == "True" && said.authenticated.status != "False" ? kPeriod : kPeriodAfterFailure;
}

nlohmann::json usage_json(const std::vector<crds::NamespaceUsage>& usage) {
  nlohmann::json namespaces = nlohmann::json::array();
  for (const crds::NamespaceUsage& one : usage) {
    namespaces.push_back({{"name", one.name},
                          {"images", one.images},
                          {"scans", one.scans},
                          {"bytesFetched", one.bytes_fetched},
                          {"scanSeconds", one.scan_seconds}});
  }
  return namespaces;
}

}  // namespace

controller::Result ScanRegistryReconciler::reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) {
  const auto registry = with_.registries.get(key);
  if (!registry) {
    answers_.with([&](auto& answers) { answers.erase(key); });
    totals_.forget(key);
    return {};
  }
  std::optional<Answer> answer = recent_answer(*registry);
  if (!answer) {
    answer = remember(*registry,
                      ask_registry(*registry, with_.api, with_.provider_credential, with_.clock, std::move(stop)));
  }
  write_status(*registry, answer->said);
  // At the pause's end, to say so.
  const auto rest = with_.pauses.wait_of(registry->spec.server, {});
  const std::chrono::milliseconds period = period_after(answer->said);
  return {.requeue_after = std::min(period, rest.value_or(period))};
}

std::optional<ScanRegistryReconciler::Answer> ScanRegistryReconciler::recent_answer(
    const ScanRegistry& registry) const {
  return answers_.with([&](const std::map<kubernetes::ObjectKey, Answer>& answers) -> std::optional<Answer> {
    const auto found = answers.find(registry.metadata.key());
    if (found == answers.end() || found->second.generation != registry.metadata.generation.value_or(0)) {
      return std::nullopt;
    }
    const Answer& answer = found->second;
    const bool is_recent = with_.clock.steady_now() - answer.at < period_after(answer.said);
    const bool is_left_alone = with_.pauses.until(registry.spec.server).has_value();
    return is_recent || is_left_alone ? std::optional(answer) : std::nullopt;
  });
}

ScanRegistryReconciler::Answer ScanRegistryReconciler::remember(const ScanRegistry& registry,
                                                                const RegistryConditions& said) {
  const Answer answer{
      .generation = registry.metadata.generation.value_or(0), .at = with_.clock.steady_now(), .said = said};
  answers_.with([&](auto& answers) { answers[registry.metadata.key()] = answer; });
  return answer;
}

void ScanRegistryReconciler::report_failure(const kubernetes::ObjectKey& key, const base::Error& error) {
  const auto registry = with_.registries.get(key);
  // What the API server refused is no fault of the registry.
  if (!registry || dynamic_cast<const kubernetes::ApiError*>(&error) != nullptr) {
    return;
  }
  const RegistryConditions said = unreachable(base::escape_text(error.what(), 700));
  static_cast<void>(remember(*registry, said));
  write_status(*registry, said);
}

std::vector<Condition> ScanRegistryReconciler::own_conditions(const ScanRegistry& registry,
                                                              const RegistryConditions& said) const {
  std::vector<Condition> own = {said.reachable, said.authenticated, ready_by(said)};
  const std::vector<Condition>& known = registry.status.conditions;
  // Once an event has arrived, the replica that received it says this one.
  const Condition* receiving = kubernetes::find_condition(known, "EventsReceiving");
  if (receiving == nullptr || receiving->status != "True") own.push_back(not_receiving(registry.spec));
  // And whoever has walked through it, that one.
  const Condition* listed = kubernetes::find_condition(known, "Discovered");
  if (!registry.spec.discovery || listed == nullptr || listed->reason == "NotConfigured") {
    own.push_back(not_discovered(registry.spec));
  }
  if (const std::optional<Condition> attested = attested_by(
          registry, registry.spec.attestations.push ? with_.last_attestation(registry.spec.server) : std::nullopt)) {
    own.push_back(*attested);
  }
  if (const std::optional<Condition> throttled = throttled_by(registry, with_.pauses.until(registry.spec.server))) {
    own.push_back(*throttled);
  }
  return own;
}

void ScanRegistryReconciler::write_status(const ScanRegistry& registry, const RegistryConditions& said) {
  const std::string now = base::format_rfc3339(with_.clock.system_now());
  const ImageCounts counts = counts_.of(registry.spec.server);
  const Metered metered = totals_.of(registry);
  const std::int64_t generation = registry.metadata.generation.value_or(0);
  const std::optional<base::SystemTime> until = with_.pauses.until(registry.spec.server);
  std::vector<Condition> conditions = registry.status.conditions;
  nlohmann::json own = nlohmann::json::array();
  for (Condition& one : own_conditions(registry, said)) {
    one.observed_generation = generation;
    kubernetes::set_condition(conditions, one, now);
    own.push_back(*kubernetes::find_condition(conditions, one.type));
  }
  const nlohmann::json wanted = {
      {"apiVersion", crds::kScanRegistry.api_version()},
      {"kind", crds::kScanRegistry.kind},
      {"metadata", {{"name", registry.metadata.name}}},
      {"status",
       {{"observedGeneration", generation},
        {"images", counts.images},
        {"scanned", counts.scanned},
        {"scans", metered.total.scans},
        {"bytesFetched", metered.total.bytes},
        {"scanSeconds", metered.total.seconds},
        {"namespaces", usage_json(usage_of_namespaces(counts, metered))},
        {"throttledUntil", until ? nlohmann::json(base::format_rfc3339(*until)) : nlohmann::json()},
        {"conditions", own}}}};
  kubernetes::apply_if_changed(with_.api, crds::kScanRegistry, nlohmann::json(registry), wanted,
                               {.field_manager = kFieldOwner, .subresource = "status"});
  tell(with_.events, crds::kScanRegistry, registry.metadata, announce_registry(registry.status.conditions, conditions));
}

}  // namespace pratique_operator::reconcilers
