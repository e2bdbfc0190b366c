#include "operator/reconcilers/event_scan_requests.h"

#include <nlohmann/json.hpp>

#include "base/failpoint.h"
#include "base/image_reference.h"
#include "base/log.h"
#include "crds/object_names.h"
#include "operator/failpoints.h"
#include "operator/push_events/limits.h"
#include "operator/reconcilers/announcements.h"
#include "operator/reconcilers/resolution_requests.h"
#include "operator/reconcilers/secrets.h"
#include "operator/reconcilers/workload_reconciler.h"
#include "policy/glob.h"

namespace pratique_operator::reconcilers {
namespace {

using nlohmann::json;
using push_events::EventAction;
using push_events::EventSender;
using push_events::ImageEvent;

constexpr const char* kEventFieldOwner = "pratique-events";
// Of the Secret that `events.secretRef` names without a key.
constexpr const char* kDefaultSecretKey = "authorization";
// lastEvent is for people; more often would cost a write for each push.
constexpr std::chrono::seconds kLastEventAge{30};

base::ImageReference reference_of(const EventSender& sender, const ImageEvent& event) {
  const std::string version = event.tag.empty() ? "@" + event.digest->text() : ":" + event.tag;
  return base::parse_image_reference(sender.server + "/" + event.repository + version);
}

// Those besides `own`, whose ImageScan of the same tag may mean another image now.
std::vector<kubernetes::ObjectKey> followers_of(const ImageEvent& event, const base::ImageReference& reference,
                                                const kubernetes::ObjectKey& own, const ScanIndex& index) {
  const bool is_push = event.action == EventAction::kPush;
  // A deletion may name the manifest alone: every tag of it is gone.
  std::vector<kubernetes::ObjectKey> followers = event.tag.empty() && !is_push
                                                     ? index.of_digest(reference.name(), reference.digest->text())
                                                     : index.of_tag(reference.name(), reference.tag);
  if (is_push) std::erase(followers, own);
  return followers;
}

}  // namespace

std::optional<EventSender> EventScanRequests::find_sender(const std::string& registry_name) {
  const auto registry = with_.registries.get({.ns = {}, .name = registry_name});
  if (!registry || !registry->spec.events) {
    return std::nullopt;
  }
  const crds::RegistryEvents& events = *registry->spec.events;
  EventSender sender{.registry = registry_name,
                     .server = registry->spec.server,
                     .ns = registry->spec.ns,
                     .format = events.format,
                     .repositories = events.repositories,
                     .hosts = events.hosts,
                     .secret = secret_of(*registry),
                     .client_ca_pem = events.client_ca_bundle};
  // A Secret that is named and has nothing must not be as one that is not named.
  if (events.secret_ref && sender.secret.empty()) {
    return std::nullopt;
  }
  if (events.token) {
    sender.token = push_events::TokenRule{.issuer = events.token->issuer,
                                          .audience = events.token->audience,
                                          .subject = events.token->subject,
                                          .keys = token_keys_.of(*events.token)};
  }
  return sender;
}

std::string EventScanRequests::secret_of(const crds::ScanRegistry& registry) {
  const std::optional<crds::SecretReference>& reference = registry.spec.events->secret_ref;
  if (!reference) {
    return {};
  }
  const base::SteadyTime now = with_.clock.steady_now();
  const std::string secret_key = reference->key.empty() ? kDefaultSecretKey : reference->key;
  const std::string cache_key = reference->name + "/" + secret_key;
  const std::optional<std::string> cached = secrets_.with([&](auto& secrets) -> std::optional<std::string> {
    const auto found = secrets.find(cache_key);
    const bool fresh = found != secrets.end() && now - found->second.read_at < push_events::kSecretAge;
    return fresh ? std::optional(found->second.value) : std::nullopt;
  });
  if (cached) {
    return *cached;
  }
  const std::optional<json> secret = with_.api.get(kSecret, {.ns = with_.operator_namespace, .name = reference->name});
  std::string value = secret ? secret_value(*secret, secret_key).value_or("") : "";
  // Files end with a line's end that nobody means.
  if (value.ends_with('\n')) value.pop_back();
  secrets_.with([&](auto& secrets) { secrets[cache_key] = {.value = value, .read_at = now}; });
  return value;
}

void EventScanRequests::request(const EventSender& sender, const ImageEvent& event) {
  if (!sender.repositories.empty() && !policy::any_glob_matches(sender.repositories, event.repository)) {
    return;
  }
  const base::ImageReference reference = reference_of(sender, event);
  const kubernetes::ObjectKey own{.ns = sender.ns, .name = crds::image_scan_name(reference)};
  const bool is_push = event.action == EventAction::kPush;
  const std::optional<push_events::OverQuota> full = is_push ? store(own, reference) : std::nullopt;
  // A quota of this namespace is none of the others.
  const std::size_t asked = ask(followers_of(event, reference, own, with_.index));
  if (asked > 0 || (is_push && !full)) note_event(sender.registry);
  if (full) throw push_events::OverQuota(*full);
}

// What a quota of the namespace says against it, where one does.
std::optional<push_events::OverQuota> EventScanRequests::store(const kubernetes::ObjectKey& key,
                                                               const base::ImageReference& reference) {
  json spec{{"image", reference.text()}};
  // What a pod waits for stays in front.
  const auto stored = with_.scans.get(key);
  if (!stored || stored->spec.priority != crds::ScanPriority::kAdmission) spec["priority"] = "High";
  try {
    with_.api.apply(crds::kImageScan,
                    {{"apiVersion", crds::kImageScan.api_version()},
                     {"kind", crds::kImageScan.kind},
                     {"metadata",
                      {{"name", key.name},
                       {"namespace", key.ns},
                       {"labels",
                        {{std::string(crds::kManagedByLabel), std::string(crds::kManagedByPratique)},
                         {kMadeForEventLabel, "true"}}},
                       {"annotations", resolution_request(with_.clock.system_now())}}},
                     {"spec", std::move(spec)}},
                    {.field_manager = kEventFieldOwner, .subresource = {}});
    base::failpoint(kEventStored);
    return std::nullopt;
  } catch (const kubernetes::ApiError& error) {
    if (!error.over_quota()) throw;
    return push_events::OverQuota(reference.text() + " is not scanned: " + error.what());
  }
}

// How many of them could be asked at once; the others are asked later, and the controller of that tells what fails
// again.
std::size_t EventScanRequests::ask(const std::vector<kubernetes::ObjectKey>& scans) {
  std::size_t asked = 0;
  bool is_away = false;
  for (const kubernetes::ObjectKey& key : scans) {
    // Nobody has answered: each further try would keep the sender waiting for as long.
    if (is_away) {
      with_.ask_later(key);
      continue;
    }
    try {
      ask_for_resolution(with_.api, key, with_.clock.system_now());
      ++asked;
    } catch (const base::Error& error) {
      is_away = dynamic_cast<const base::NetworkError*>(&error) != nullptr;
      with_.ask_later(key);
    }
  }
  return asked;
}

void EventScanRequests::note_event(const std::string& registry_name) {
  const base::SteadyTime now = with_.clock.steady_now();
  const bool due = noted_at_.with([&](auto& noted_at) {
    const auto [place, is_new] = noted_at.try_emplace(registry_name, now);
    const bool old = now - place->second >= kLastEventAge;
    place->second = is_new || old ? now : place->second;
    return is_new || old;
  });
  const auto registry = with_.registries.get({.ns = {}, .name = registry_name});
  if (!due || !registry) {
    return;
  }
  try {
    write_event(*registry);
  } catch (const base::Error& error) {
    // For people alone: the next event after kLastEventAge says the same.
    base::log(base::LogLevel::kWarning, "lastEvent not written",
              {{"registry", registry_name}, {"error", std::string_view(error.what())}});
  }
}

void EventScanRequests::write_event(const crds::ScanRegistry& registry) {
  const std::string time = base::format_rfc3339(with_.clock.system_now());
  const kubernetes::Condition* known = kubernetes::find_condition(registry.status.conditions, "EventsReceiving");
  const bool was_true = known != nullptr && known->status == "True";
  const kubernetes::Condition condition{.type = "EventsReceiving",
                                        .status = "True",
                                        .reason = "Received",
                                        .message = "registry events arrive",
                                        .last_transition_time = was_true ? known->last_transition_time : time,
                                        .observed_generation = registry.metadata.generation.value_or(0)};
  with_.api.apply(crds::kScanRegistry,
                  {{"apiVersion", crds::kScanRegistry.api_version()},
                   {"kind", crds::kScanRegistry.kind},
                   {"metadata", {{"name", registry.metadata.name}}},
                   {"status", {{"lastEvent", time}, {"conditions", json::array({condition})}}}},
                  {.field_manager = kEventFieldOwner, .subresource = "status"});
  tell(with_.events, crds::kScanRegistry, registry.metadata,
       announce_registry(registry.status.conditions, {condition}));
}

}  // namespace pratique_operator::reconcilers
