#include "operator/reconcilers/registry_provider_reconciler.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "crds/duration.h"
#include "operator/reconcilers/announcements.h"
#include "operator/reconcilers/field_owner.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::RegistryProvider;
using crds::ScanRegistry;
using kubernetes::Condition;
using kubernetes::ObjectKey;

constexpr std::chrono::minutes kIntervalDefault{15};
constexpr std::chrono::minutes kIntervalMin{1};
constexpr std::size_t kMessageBytesShown = 700;
constexpr const char* kAuthenticated = "Authenticated";
constexpr const char* kListed = "Listed";
constexpr const char* kReady = "Ready";
constexpr const char* kListShrunk = "ListShrunk";

std::chrono::seconds interval_of(const RegistryProvider& provider) {
  return std::max<std::chrono::seconds>(crds::parse_duration(provider.spec.interval).value_or(kIntervalDefault),
                                        kIntervalMin);
}

Condition condition_of(const char* type, const char* status, const std::string& reason, const std::string& message) {
  Condition condition;
  condition.type = type;
  condition.status = status;
  condition.reason = reason;
  condition.message = message;
  return condition;
}

// By what the object says, so that a new leader does not list everything at once.
std::chrono::seconds due_in(const RegistryProvider& provider, base::SystemTime now) {
  const Condition* listed = kubernetes::find_condition(provider.status.conditions, kListed);
  const std::optional<base::SystemTime> last = base::parse_rfc3339(provider.status.last_listed);
  const bool is_of_this_spec = provider.status.observed_generation == provider.metadata.generation.value_or(0);
  const bool is_whole = listed != nullptr && (listed->status == "True" || listed->reason == kListShrunk);
  if (!last || !is_of_this_spec || !is_whole) return std::chrono::seconds(0);
  return std::chrono::ceil<std::chrono::seconds>(*last + interval_of(provider) - now);
}

// "azure-shop.azurecr.io"; what would be too long ends with a part of its digest.
std::string name_of(const RegistryProvider& provider, const std::string& server) {
  constexpr std::size_t kNameBytesMax = 253;
  constexpr std::size_t kDigestDigits = 10;
  std::string name = provider.metadata.name + "-" + server;
  std::ranges::replace(name, ':', '-');
  if (name.size() <= kNameBytesMax) return name;
  return name.substr(0, kNameBytesMax - kDigestDigits - 1) + "-" + base::sha256_hex(name).substr(0, kDigestDigits);
}

bool is_owned(const ScanRegistry& registry, const RegistryProvider& provider) {
  return std::ranges::any_of(registry.metadata.owner_references,
                             [&](const crds::OwnerReference& owner) { return owner.uid == provider.metadata.uid; });
}

// Which of the two conditions the failure is about.
std::vector<Condition> failure_of(const base::Error& error) {
  const std::string message = base::escape_text(error.what(), kMessageBytesShown);
  const auto* api = dynamic_cast<const kubernetes::ApiError*>(&error);
  if (dynamic_cast<const clouds::LoginError*>(&error) != nullptr) {
    return {condition_of(kAuthenticated, "False", "LoginFailed", message),
            condition_of(kListed, "Unknown", "NotAsked", "the account did not let us in")};
  }
  if (api != nullptr && api->status() == 403) {
    return {condition_of(kAuthenticated, "False", "IdentityForbidden",
                         message + "; let the operator use it: docs/crds/registry_provider.md, \"Identity\""),
            condition_of(kListed, "Unknown", "NotAsked", "there is no identity to ask with")};
  }
  if (dynamic_cast<const base::ConfigError*>(&error) != nullptr) {
    return {condition_of(kAuthenticated, "False", "IdentityUnusable", message),
            condition_of(kListed, "Unknown", "NotAsked", "there is no identity to ask with")};
  }
  return {condition_of(kListed, "False", "ListFailed", message)};
}

// The same for as long as the same is missing, so that it is told once.
Condition shrunk(const RegistryProvider& provider, const ListGap& gap) {
  const std::size_t left = gap.covered - gap.missing.size();
  return condition_of(
      kListed, "False", kListShrunk,
      "the account lists " + std::to_string(left) + " of " + std::to_string(gap.covered) +
          " registries that are covered, and not " + gap.missing.front() +
          ": all stay covered. Most often the right to see them is missing: give it back. If they are gone, they go "
          "when " +
          std::to_string(ListDoubts::kListsMin) + " lists over " + std::to_string(ListDoubts::kTimeMin.count()) +
          " minutes lack the same, or at once by: kubectl annotate registryprovider " + provider.metadata.name +
          " --overwrite " + std::string(kAcceptedListAnnotation) + "=" + acceptance_of(gap));
}

}  // namespace

ScanRegistry provided_registry(const RegistryProvider& provider, const clouds::FoundRegistry& found) {
  const crds::ScanRegistryTemplate& like = provider.spec.registry_template;
  ScanRegistry registry;
  registry.metadata.name = name_of(provider, found.server);
  registry.metadata.labels = {{std::string(crds::kManagedByLabel), std::string(crds::kManagedByPratique)}};
  registry.metadata.owner_references = {{.api_version = crds::kRegistryProvider.api_version(),
                                         .kind = crds::kRegistryProvider.kind,
                                         .name = provider.metadata.name,
                                         .uid = provider.metadata.uid,
                                         .controller = true}};
  registry.spec.server = found.server;
  registry.spec.ns = like.ns;
  registry.spec.auth.provider = provider.metadata.name;
  registry.spec.events = like.events;
  registry.spec.retention = like.retention;
  registry.spec.discovery = like.discovery.value_or(crds::Discovery{});
  if (registry.spec.discovery->repositories.empty()) registry.spec.discovery->repositories = found.repositories;
  registry.spec.rate_limit = like.rate_limit;
  if (provider.spec.harbor) registry.spec.tls.ca_bundle = provider.spec.endpoints.ca_bundle;
  return registry;
}

controller::Result RegistryProviderReconciler::reconcile(const ObjectKey& key, std::stop_token stop) {
  const auto provider = with_.providers.get(key);
  if (!provider) {
    doubts_.forget(key);
    return {};
  }
  if (provider->spec.suspend) {
    end_covering(*provider);
    return {.requeue_after = kIntervalMin};  // the watch may not know yet what was made a moment ago
  }
  const std::chrono::seconds wait = due_in(*provider, with_.clock.system_now());
  if (wait > std::chrono::seconds(0) && !doubts_.is_accepted(*provider)) return {.requeue_after = wait};
  const Kept kept = keep(*provider, with_.accounts.list(*provider, stop));
  write_status(*provider,
               {condition_of(kAuthenticated, "True", "LetIn", "the account let us in"), listed_as(*provider, kept)},
               {{"registries", kept.registries}, {"lastListed", base::format_rfc3339(with_.clock.system_now())}});
  return {.requeue_after = interval_of(*provider)};
}

// As if the provider were gone; a person's own word leaves no doubt.
void RegistryProviderReconciler::end_covering(const RegistryProvider& provider) {
  doubts_.forget(provider.metadata.key());
  for (const auto& [key, registry] : with_.registries.list()) {
    if (is_owned(*registry, provider)) with_.api.remove(crds::kScanRegistry, key, registry->metadata.resource_version);
  }
  write_status(provider,
               {condition_of(kListed, "Unknown", "Suspended",
                             "spec.suspend is set: the account is not listed, and nothing of it is covered")},
               {{"registries", 0}});
}

Condition RegistryProviderReconciler::listed_as(const RegistryProvider& provider, const Kept& kept) {
  if (kept.held) return shrunk(provider, *kept.held);
  if (!kept.taken.empty()) {
    return condition_of(kListed, "False", "NameTaken",
                        "ScanRegistry " + kept.taken.front() + " is not this provider's: rename or delete it");
  }
  return condition_of(kListed, "True", "Listed",
                      std::to_string(kept.registries) + (kept.registries == 1 ? " registry" : " registries"));
}

RegistryProviderReconciler::Kept RegistryProviderReconciler::keep(const RegistryProvider& provider,
                                                                  const std::vector<clouds::FoundRegistry>& found) {
  Kept kept;
  std::set<ObjectKey> wanted;
  for (const clouds::FoundRegistry& one : found) {
    const ScanRegistry registry = provided_registry(provider, one);
    const auto existing = with_.registries.get(registry.metadata.key());
    wanted.insert(registry.metadata.key());
    if (existing && !is_owned(*existing, provider)) {
      kept.taken.push_back(registry.metadata.name);
      continue;
    }
    ++kept.registries;
    if (existing && existing->spec == registry.spec) continue;
    with_.api.apply(crds::kScanRegistry, registry, {.field_manager = kFieldOwner, .subresource = {}});
  }
  let_go(provider, wanted, kept);
  return kept;
}

void RegistryProviderReconciler::let_go(const RegistryProvider& provider, const std::set<ObjectKey>& wanted,
                                        Kept& kept) {
  ListGap gap;
  std::vector<std::shared_ptr<const ScanRegistry>> going;
  for (const auto& [key, registry] : with_.registries.list()) {
    if (!is_owned(*registry, provider)) continue;
    ++gap.covered;
    if (wanted.contains(key)) continue;
    gap.missing.push_back(key.name);
    going.push_back(registry);
  }
  if (doubts_.holds(provider, gap, with_.clock.steady_now())) {
    kept.registries += gap.missing.size();
    kept.held = std::move(gap);
    return;
  }
  for (const auto& registry : going) {
    with_.api.remove(crds::kScanRegistry, registry->metadata.key(), registry->metadata.resource_version);
  }
}

void RegistryProviderReconciler::report_failure(const ObjectKey& key, const base::Error& error) {
  const auto provider = with_.providers.get(key);
  if (!provider) return;
  write_status(*provider, failure_of(error), nlohmann::json::object());
}

void RegistryProviderReconciler::write_status(const RegistryProvider& provider, const std::vector<Condition>& own,
                                              nlohmann::json fields) {
  const std::string now = base::format_rfc3339(with_.clock.system_now());
  const std::int64_t generation = provider.metadata.generation.value_or(0);
  std::vector<Condition> conditions = provider.status.conditions;
  for (Condition condition : own) {
    condition.observed_generation = generation;
    kubernetes::set_condition(conditions, condition, now);
  }
  for (const char* type : {kAuthenticated, kListed}) {
    if (kubernetes::find_condition(conditions, type) == nullptr) {
      kubernetes::set_condition(conditions, condition_of(type, "Unknown", "NotAsked", ""), now);
    }
  }
  // The first of the two that is not well, else the last.
  const Condition* authenticated = kubernetes::find_condition(conditions, kAuthenticated);
  Condition ready =
      authenticated->status == "False" ? *authenticated : *kubernetes::find_condition(conditions, kListed);
  ready.type = kReady;
  ready.last_transition_time.clear();
  kubernetes::set_condition(conditions, ready, now);
  // What is not said anew stays: one apply holds all that is ours.
  if (!fields.contains("lastListed") && !provider.status.last_listed.empty()) {
    fields["lastListed"] = provider.status.last_listed;
  }
  if (!fields.contains("registries") && provider.status.registries) fields["registries"] = *provider.status.registries;
  fields["observedGeneration"] = generation;
  fields["conditions"] = conditions;
  with_.api.apply(crds::kRegistryProvider,
                  {{"apiVersion", crds::kRegistryProvider.api_version()},
                   {"kind", crds::kRegistryProvider.kind},
                   {"metadata", {{"name", provider.metadata.name}}},
                   {"status", std::move(fields)}},
                  {.field_manager = kFieldOwner, .subresource = "status"});
  tell(with_.events, crds::kRegistryProvider, provider.metadata,
       announce_provider(provider.status.conditions, conditions));
}

}  // namespace pratique_operator::reconcilers
