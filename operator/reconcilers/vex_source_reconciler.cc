#include "operator/reconcilers/vex_source_reconciler.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "crds/duration.h"
#include "net/json.h"
#include "net/signed_envelope.h"
#include "operator/reconcilers/announcements.h"
#include "operator/reconcilers/field_owner.h"
#include "operator/reconcilers/registry_settings.h"
#include "operator/vex/vex_exceptions.h"
#include "registry/artifact.h"
#include "registry/registry_client.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::FindingException;
using crds::VexSource;
using kubernetes::Condition;
using kubernetes::ObjectKey;

const kubernetes::ResourceType kConfigMap{"", "v1", "ConfigMap", "configmaps", true};

constexpr std::chrono::hours kIntervalDefault{1};
constexpr std::chrono::minutes kIntervalMin{1};
constexpr std::size_t kMessageBytesShown = 700;
constexpr const char* kFetched = "Fetched";
constexpr const char* kReady = "Ready";

std::chrono::seconds interval_of(const VexSource& source) {
  return std::max<std::chrono::seconds>(crds::parse_duration(source.spec.interval).value_or(kIntervalDefault),
                                        kIntervalMin);
}

Condition condition_of(const char* status, const std::string& reason, const std::string& message) {
  Condition condition;
  condition.type = kFetched;
  condition.status = status;
  condition.reason = reason;
  condition.message = message;
  return condition;
}

// By what the object says, so that a new leader does not fetch everything at once.
std::chrono::seconds due_in(const VexSource& source, base::SystemTime now) {
  const Condition* fetched = kubernetes::find_condition(source.status.conditions, kFetched);
  const std::optional<base::SystemTime> last = base::parse_rfc3339(source.status.last_update);
  const bool is_of_this_spec = source.status.observed_generation == source.metadata.generation.value_or(0);
  if (!last || !is_of_this_spec || fetched == nullptr || fetched->status != "True") return std::chrono::seconds(0);
  return std::chrono::ceil<std::chrono::seconds>(*last + interval_of(source) - now);
}

bool is_owned(const FindingException& exception, const VexSource& source) {
  return std::ranges::any_of(exception.metadata.owner_references,
                             [&](const crds::OwnerReference& owner) { return owner.uid == source.metadata.uid; });
}

// The document itself, out of its envelope; nullopt where it is not signed as spec.keys demands.
std::optional<std::string> opened(const VexSource& source, const std::string& text) {
  const std::optional<net::Envelope> envelope = net::read_envelope(text);
  const bool is_signed = source.spec.keys.empty() || (envelope && net::is_signed_by(*envelope, source.spec.keys));
  if (!is_signed) return std::nullopt;
  return envelope ? net::predicate_of(envelope->payload) : text;
}

Condition failure_of(const base::Error& error) {
  const std::string message = base::escape_text(error.what(), kMessageBytesShown);
  if (dynamic_cast<const NotSigned*>(&error) != nullptr) return condition_of("False", "NotSigned", message);
  if (dynamic_cast<const base::ConfigError*>(&error) != nullptr)
    return condition_of("False", "SourceUnusable", message);
  if (dynamic_cast<const base::ParseError*>(&error) != nullptr) return condition_of("False", "Unreadable", message);
  if (dynamic_cast<const base::LimitExceeded*>(&error) != nullptr) return condition_of("False", "TooLarge", message);
  return condition_of("False", "FetchFailed", message);
}

}  // namespace

controller::Result VexSourceReconciler::reconcile(const ObjectKey& key, std::stop_token stop) {
  const auto source = with_.sources.get(key);
  if (!source) return {};
  if (source->spec.suspend) {
    write_status(*source, condition_of("Unknown", "Suspended", "spec.suspend is set: nothing is fetched"),
                 source->status);
    return {};
  }
  if (const std::chrono::seconds wait = due_in(*source, with_.clock.system_now()); wait > std::chrono::seconds(0)) {
    return {.requeue_after = wait};
  }
  const std::optional<std::string> text = opened(*source, fetch(*source, stop));
  if (!text) {
    forget_other_specs(*source);
    throw NotSigned("the document is not in an envelope that one of spec.keys has signed");
  }
  const vex::Document document = vex::read_document(source->spec.format, *text);
  const vex::MadeExceptions made = vex::exceptions_of(*source, document);
  keep(*source, made.exceptions);
  crds::VexSourceStatus next = source->status;
  next.statements = static_cast<std::int64_t>(made.statements);
  next.exceptions = static_cast<std::int64_t>(made.exceptions.size());
  next.left_out = static_cast<std::int64_t>(made.left_out + document.not_understood);
  next.author = document.author;
  next.updated = document.updated;
  next.last_update = base::format_rfc3339(with_.clock.system_now());
  write_status(*source, condition_of("True", "Read", std::to_string(made.statements) + " statements are believed"),
               std::move(next));
  return {.requeue_after = interval_of(*source)};
}

std::string VexSourceReconciler::fetch(const VexSource& source, const std::stop_token& stop) {
  if (source.spec.config_map) return read_config_map(*source.spec.config_map);
  return source.spec.url.empty() ? fetch_artifact(source, stop) : fetch_url(source.spec.url, stop);
}

std::string VexSourceReconciler::fetch_url(const std::string& url, const std::stop_token& stop) {
  net::HttpRequest request;
  request.url = net::parse_url(url);
  request.body_bytes_max = vex::kDocumentBytesMax;
  const net::HttpResponse answer = with_.http->send(request, stop);
  if (answer.status != 200) {
    throw base::HttpError("GET " + base::escape_text(url, 200) + " answered " + std::to_string(answer.status),
                          answer.status);
  }
  return answer.body;
}

std::string VexSourceReconciler::fetch_artifact(const VexSource& source, const std::stop_token& stop) {
  const base::ImageReference reference = base::parse_image_reference(source.spec.oci);
  const std::string& ns = with_.operator_namespace;
  const RegistrySettings settings = settings_for(with_.registries(), reference.host, ns);
  const registry::Keyring keyring =
      keyring_for({.host = reference.host, .ns = ns, .pull_secrets = source.spec.pull_secrets}, settings, with_.api,
                  with_.provider_credential, stop);
  const auto from = registry::make_registry_source({.reference = reference,
                                                    .credentials = registry::matching_credentials(keyring, reference),
                                                    .policy = settings.policy,
                                                    .ca_bundle_pem = settings.ca_bundle_pem},
                                                   with_.clock);
  const registry::Descriptor layer = registry::find_only_layer(*from, stop);
  return registry::read_blob(*from, layer, vex::kDocumentBytesMax, stop);
}

std::string VexSourceReconciler::read_config_map(const crds::VexConfigMap& map) {
  const std::optional<nlohmann::json> object =
      with_.api.get(kConfigMap, {.ns = with_.operator_namespace, .name = map.name});
  if (!object) {
    throw base::ConfigError("there is no ConfigMap " + map.name + " in namespace " + with_.operator_namespace);
  }
  std::string text = net::text_at(net::object_at(*object, "data"), map.key.c_str());
  if (text.empty()) throw base::ConfigError("ConfigMap " + map.name + " has no key " + base::escape_text(map.key, 253));
  return text;
}

void VexSourceReconciler::keep(const VexSource& source, const std::vector<FindingException>& wanted) {
  std::set<std::string> names;
  for (const FindingException& exception : wanted) {
    names.insert(exception.metadata.name);
    const auto existing = with_.exceptions.get(exception.metadata.key());
    if (existing && !is_owned(*existing, source)) {
      throw base::ConfigError("ClusterFindingException " + exception.metadata.name +
                              " is not this source's: rename or delete it");
    }
    if (existing && existing->spec == exception.spec && vex::is_of_spec(*existing, source)) continue;
    with_.api.apply(crds::kClusterFindingException, exception, {.field_manager = kFieldOwner, .subresource = {}});
  }
  for (const auto& [key, exception] : with_.exceptions.list()) {
    if (is_owned(*exception, source) && !names.contains(key.name)) {
      with_.api.remove(crds::kClusterFindingException, key, {});
    }
  }
}

// What was believed by other rules is not believed by these, however often they were tried in vain.
void VexSourceReconciler::forget_other_specs(const VexSource& source) {
  for (const auto& [key, exception] : with_.exceptions.list()) {
    if (is_owned(*exception, source) && !vex::is_of_spec(*exception, source)) {
      with_.api.remove(crds::kClusterFindingException, key, {});
    }
  }
}

void VexSourceReconciler::report_failure(const ObjectKey& key, const base::Error& error) {
  const auto source = with_.sources.get(key);
  if (source) write_status(*source, failure_of(error), source->status);
}

void VexSourceReconciler::write_status(const VexSource& source, const Condition& fetched, crds::VexSourceStatus next) {
  const std::string now = base::format_rfc3339(with_.clock.system_now());
  next.observed_generation = source.metadata.generation.value_or(0);
  for (const char* type : {kFetched, kReady}) {
    Condition condition = fetched;
    condition.type = type;
    condition.observed_generation = next.observed_generation;
    kubernetes::set_condition(next.conditions, condition, now);
  }
  if (next == source.status) return;
  VexSource written = source;
  written.status = std::move(next);
  with_.api.replace(crds::kVexSource, written, "status");
  tell(with_.events, crds::kVexSource, source.metadata,
       announce_vex_source(source.status.conditions, written.status.conditions));
}

}  // namespace pratique_operator::reconcilers
