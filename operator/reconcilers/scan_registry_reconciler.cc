#include "operator/reconcilers/scan_registry_reconciler.h"

#include <nlohmann/json.hpp>

#include "base/image_reference.h"
#include "base/log.h"
#include "net/http_client.h"
#include "operator/reconcilers/announcements.h"
#include "operator/reconcilers/field_owner.h"
#include "operator/reconcilers/registry_settings.h"
#include "registry/registry_client.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::ScanRegistry;
using kubernetes::Condition;

constexpr std::chrono::minutes kPeriod{5};
constexpr std::chrono::minutes kPeriodAfterFailure{1};

struct Said {
  const char* type;
  const char* status;
  std::string reason;
  std::string message;
};

Condition condition(const Said& said) {
  return {.type = said.type,
          .status = said.status,
          .reason = said.reason,
          .message = said.message,
          .last_transition_time = {},
          .observed_generation = 0};
}

Condition reachable_by(int status) {
  if (status == 200 || status == 401) {
    return condition({"Reachable", "True", "Answers", "the registry answers"});
  }
  return condition({"Reachable", "False", "NoRegistry",
                    "GET /v2/ answered " + std::to_string(status) + "; spec.server must be a registry"});
}

// Asks the API root, which every registry answers with 200 or 401.
int ask(const ScanRegistry& registry, std::stop_token stop) {
  const auto own = std::make_shared<const ScanRegistry>(registry);
  const RegistrySettings settings = settings_for({own}, registry.spec.server, registry.spec.ns);
  const base::ImageReference any = base::parse_image_reference(registry.spec.server + "/v2:root");
  net::HttpRequest request;
  request.url = registry::registry_root(any, settings.policy);
  request.url.target = "/v2/";
  request.total_timeout = std::chrono::seconds(10);
  const auto http = net::make_http_client(
      {.tls = {.ca_bundle_pem = settings.ca_bundle_pem, .client_certificate_pem = {}, .client_key_pem = {}},
       .address_policy = [&](const net::Url& url, const std::string& address) {
         net::check_address(settings.policy, url, address);
       }});
  return http->send(request, std::move(stop)).status;
}

}  // namespace

controller::Result ScanRegistryReconciler::reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) {
  const auto registry = with_.registries.get(key);
  if (!registry) {
    return {};
  }
  std::optional<Answer> answer = recent_answer(*registry);
  if (!answer) {
    answer = remember(*registry, reachable_by(ask(*registry, std::move(stop))));
  }
  write_status(*registry, answer->reachable);
  return {.requeue_after = answer->reachable.status == "True" ? kPeriod : kPeriodAfterFailure};
}

std::optional<ScanRegistryReconciler::Answer> ScanRegistryReconciler::recent_answer(
    const ScanRegistry& registry) const {
  return answers_.with([&](const std::map<kubernetes::ObjectKey, Answer>& answers) -> std::optional<Answer> {
    const auto found = answers.find(registry.metadata.key());
    if (found == answers.end() || found->second.generation != registry.metadata.generation.value_or(0)) {
      return std::nullopt;
    }
    const Answer& answer = found->second;
    const auto period = answer.reachable.status == "True" ? kPeriod : kPeriodAfterFailure;
    return with_.clock.steady_now() - answer.at < period ? std::optional(answer) : std::nullopt;
  });
}

ScanRegistryReconciler::Answer ScanRegistryReconciler::remember(const ScanRegistry& registry,
                                                                const Condition& reachable) {
  const Answer answer{
      .generation = registry.metadata.generation.value_or(0), .at = with_.clock.steady_now(), .reachable = reachable};
  answers_.with([&](auto& answers) { answers[registry.metadata.key()] = answer; });
  return answer;
}

void ScanRegistryReconciler::report_failure(const kubernetes::ObjectKey& key, const base::Error& error) {
  const auto registry = with_.registries.get(key);
  // What the API server refused is no fault of the registry.
  if (!registry || dynamic_cast<const base::HttpError*>(&error) != nullptr) {
    return;
  }
  const Condition unreachable = condition({"Reachable", "False", "Unreachable", base::escape_text(error.what(), 700)});
  static_cast<void>(remember(*registry, unreachable));
  write_status(*registry, unreachable);
}

void ScanRegistryReconciler::write_status(const ScanRegistry& registry, const Condition& reachable) {
  const std::string now = base::format_rfc3339(with_.clock.system_now());
  std::int64_t images = 0;
  std::int64_t scanned = 0;
  with_.scans.for_each([&](const kubernetes::ObjectKey&, const crds::ImageScan& scan) {
    if (scan.status.image.starts_with(registry.spec.server + "/")) {
      const Condition* done = kubernetes::find_condition(scan.status.conditions, crds::kScanned);
      ++images;
      scanned += done != nullptr && done->status == "True" ? 1 : 0;
    }
  });
  const std::int64_t generation = registry.metadata.generation.value_or(0);
  std::vector<Condition> conditions = registry.status.conditions;
  Condition ready = reachable;
  ready.type = "Ready";
  std::vector<Condition> said = {reachable, ready};
  // Once an event has arrived, the replica that received it says this one.
  const Condition* receiving = kubernetes::find_condition(conditions, "EventsReceiving");
  if (receiving == nullptr || receiving->status != "True") {
    said.push_back(condition({"EventsReceiving", "Unknown", "NoEventYet", "no event has arrived yet"}));
  }
  nlohmann::json own = nlohmann::json::array();
  for (Condition& one : said) {
    one.observed_generation = generation;
    kubernetes::set_condition(conditions, one, now);
    own.push_back(*kubernetes::find_condition(conditions, one.type));
  }
  with_.api.apply(
      crds::kScanRegistry,
      {{"apiVersion", crds::kScanRegistry.api_version()},
       {"kind", crds::kScanRegistry.kind},
       {"metadata", {{"name", registry.metadata.name}}},
       {"status", {{"observedGeneration", generation}, {"images", images}, {"scanned", scanned}, {"conditions", own}}}},
      {.field_manager = kFieldOwner, .subresource = "status"});
  tell(with_.events, crds::kScanRegistry, registry.metadata, announce_registry(registry.status.conditions, conditions));
}

}  // namespace pratique_operator::reconcilers
