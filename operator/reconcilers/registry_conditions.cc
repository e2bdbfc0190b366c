#include "operator/reconcilers/registry_conditions.h"

namespace pratique_operator::reconcilers {
namespace {

using kubernetes::Condition;

constexpr const char* kAttested = "Attested";
constexpr const char* kThrottled = "Throttled";

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

Condition authenticated_by(const crds::ScanRegistrySpec& spec, const registry::ProbeAnswer& answer) {
  if (!spec.auth.secret_ref && spec.auth.provider.empty()) {
    return condition(
        {"Authenticated", "Unknown", "NoCredentials",
         "auth.secretRef and auth.provider are not set: each ImageScan pulls with its own pullSecrets, or with none"});
  }
  switch (answer.login) {
    case registry::Login::kNotTried:
      break;
    case registry::Login::kNotNeeded:
      return condition({"Authenticated", "True", "NotNeeded", "the registry asks for no credentials"});
    case registry::Login::kAccepted:
      return condition({"Authenticated", "True", "Accepted", "the registry takes the credentials"});
    case registry::Login::kRefused:
      return condition({"Authenticated", "False", "Refused",
                        spec.auth.secret_ref
                            ? "the registry refuses the credentials of Secret " + spec.ns + "/" +
                                  spec.auth.secret_ref->name + "; put new ones into it"
                            : "the registry refuses the account of RegistryProvider " + spec.auth.provider +
                                  "; let it pull (AcrPull, ecr:BatchGetImage, Artifact Registry Reader)"});
    case registry::Login::kRealmNotTrusted:
      return condition({"Authenticated", "False", "RealmNotTrusted",
                        "its token service " + answer.untrusted_realm +
                            " is on another host; name it in auth.realmHosts if it may have the credentials"});
  }
  return condition({"Authenticated", "Unknown", "NotAsked", "no registry answers that could be shown credentials"});
}

}  // namespace

RegistryConditions reached(const crds::ScanRegistrySpec& spec, const registry::ProbeAnswer& answer) {
  return {.reachable = reachable_by(answer.status), .authenticated = authenticated_by(spec, answer)};
}

RegistryConditions unreachable(const std::string& message) {
  return {.reachable = condition({"Reachable", "False", "Unreachable", message}),
          .authenticated = condition({"Authenticated", "Unknown", "NotAsked", "the registry cannot be reached"})};
}

Condition no_credential(const std::string& reason, const std::string& message) {
  return condition({"Authenticated", "False", reason, message});
}

Condition ready_by(const RegistryConditions& said) {
  const bool is_refused = said.reachable.status == "True" && said.authenticated.status == "False";
  Condition ready = is_refused ? said.authenticated : said.reachable;
  ready.type = "Ready";
  return ready;
}

Condition not_receiving(const crds::ScanRegistrySpec& spec) {
  if (!spec.events) {
    return condition({"EventsReceiving", "Unknown", "NotConfigured",
                      "spec.events is not set: a pushed image is scanned when a workload or a person names it"});
  }
  return condition({"EventsReceiving", "Unknown", "NoEventYet", "no event has arrived yet; push something"});
}

Condition not_discovered(const crds::ScanRegistrySpec& spec) {
  if (!spec.discovery) {
    return condition({"Discovered", "Unknown", "NotConfigured",
                      "spec.discovery is not set: images become known by events, workloads and ImageScans"});
  }
  return condition({"Discovered", "Unknown", "NotListedYet", "its repositories have not been listed yet"});
}

std::optional<Condition> attested_by(const crds::ScanRegistry& registry, const std::optional<std::string>& last_push) {
  const Condition* known = kubernetes::find_condition(registry.status.conditions, kAttested);
  if (!registry.spec.attestations.push) {
    if (known == nullptr) return std::nullopt;
    return condition({kAttested, "Unknown", "NotConfigured", "spec.attestations.push is not set"});
  }
  if (!last_push) {
    const bool is_told = known != nullptr && known->reason != "NotConfigured";
    return is_told ? *known
                   : condition({kAttested, "Unknown", "NothingYet", "no image has been scanned since this was set"});
  }
  if (!last_push->empty()) return condition({kAttested, "False", "PushFailed", *last_push});
  return condition({kAttested, "True", "Attached", "what is scanned is attached to its image"});
}

std::optional<Condition> throttled_by(const crds::ScanRegistry& registry, std::optional<base::SystemTime> until) {
  if (until) {
    return condition({kThrottled, "True", "TooManyRequests",
                      "the registry has answered 429: nothing is asked of it until " + base::format_rfc3339(*until)});
  }
  if (kubernetes::find_condition(registry.status.conditions, kThrottled) == nullptr) return std::nullopt;
  return condition({kThrottled, "False", "NotThrottled", "it may be asked again"});
}

}  // namespace pratique_operator::reconcilers
