#include "operator/reconcilers/attestation_reconciler.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "net/signed_envelope.h"
#include "operator/reconcilers/attached_reports.h"
#include "operator/reconcilers/inventory_attestation.h"
#include "operator/reconcilers/registry_resolver.h"
#include "operator/reconcilers/report_building.h"
#include "operator/reconcilers/secrets.h"
#include "registry/artifact.h"
#include "registry/registry_client.h"
#include "scanner/report_json.h"

namespace pratique_operator::reconcilers {
namespace {

using controller::Result;
using kubernetes::ObjectKey;

constexpr const char* kDefaultKey = "signing.key";
constexpr std::size_t kMessageBytesShown = 700;
constexpr std::chrono::minutes kRest{1};

// Whether what went wrong has nothing to do with the one image: then a minute's rest.
std::chrono::seconds rest_after(const base::Error& error) {
  constexpr int kTooManyRequests = 429;
  constexpr int kServersOwn = 500;
  const auto* http = dynamic_cast<const base::HttpError*>(&error);
  if (http == nullptr) {
    const bool of_all = dynamic_cast<const base::NetworkError*>(&error) != nullptr ||
                        dynamic_cast<const base::ConfigError*>(&error) != nullptr;
    return of_all ? std::chrono::seconds(kRest) : std::chrono::seconds(0);
  }
  const bool of_all = http->status() == kTooManyRequests || http->status() >= kServersOwn;
  return of_all ? http->retry_after().value_or(kRest) : std::chrono::seconds(0);
}

bool lost_race(const base::Error& error) {
  const auto* api_error = dynamic_cast<const kubernetes::ApiError*>(&error);
  return api_error != nullptr && api_error->conflict();
}

std::string told(const std::set<ObjectKey>& failing, const std::string& why) {
  if (failing.empty()) return {};
  return std::to_string(failing.size()) + (failing.size() == 1 ? " ImageScan waits: " : " ImageScans wait: ") + why;
}

}  // namespace

// The repository of one ImageScan, and what its registry's ScanRegistries say.
struct AttestationReconciler::Target {
  base::ImageReference reference;
  RegistrySettings settings;
};

AttestationReconciler::AttestationReconciler(Surroundings surroundings) : with_(std::move(surroundings)) {
  describe_attestations(with_.metrics);
}

Result AttestationReconciler::reconcile(const ObjectKey& key, std::stop_token stop) {
  const auto scan = with_.scans.get(key);
  if (!scan || !scan->metadata.deletion_timestamp.empty() || scan->status.image.empty()) {
    forget(key);
    return {};
  }
  const base::ImageReference reference = base::parse_image_reference(scan->status.image);
  const Target target{.reference = reference, .settings = settings_for(with_.registries(), reference.host, {})};
  if (!target.settings.attestation_push) {
    forget(key);
    return {};
  }
  bool is_any_attached = false;
  for (const crds::ScannedPlatform& platform : scan->status.platforms) {
    const auto report = with_.reports.get({.ns = {}, .name = platform.report});
    is_any_attached = is_any_attached || (report && is_attachable(*report));
    if (!report || !must_be_attached(*report, reference.name())) continue;
    if (const auto rest = rest_of(reference.host)) {
      return {.requeue_after = std::chrono::ceil<std::chrono::milliseconds>(*rest),
              .priority = controller::Priority::kBackground};
    }
    attach(target, platform.report, stop);
  }
  if (is_any_attached) {
    note(reference.host, [&](Standing& standing) { standing.failing.erase(key); });
  } else {
    forget(key);
  }
  return {};
}

std::optional<std::string> AttestationReconciler::standing(const std::string& server) const {
  return standings_.with([&](const auto& standings) {
    const auto found = standings.find(server);
    return found == standings.end() ? std::nullopt : std::optional(told(found->second.failing, found->second.why));
  });
}

void AttestationReconciler::report_failure(const ObjectKey& key, const base::Error& error) {
  const auto scan = with_.scans.get(key);
  if (!scan || lost_race(error)) return;
  with_.metrics.add(kAttestationsTotal, {{"result", "not_attached"}});
  note(base::parse_image_reference(scan->status.image).host, [&](Standing& standing) {
    standing.failing.insert(key);
    standing.why = base::escape_text(error.what(), kMessageBytesShown);
    standing.rests_until = std::max(standing.rests_until, with_.clock.steady_now() + rest_after(error));
  });
}

template <typename Change>
void AttestationReconciler::note(const std::string& server, Change&& change) {
  const bool is_news = standings_.with([&](auto& standings) {
    const bool is_new = !standings.contains(server);
    Standing& standing = standings[server];
    const std::string before = told(standing.failing, standing.why);
    change(standing);
    return is_new || told(standing.failing, standing.why) != before;
  });
  if (is_news) with_.on_change();
}

// Nobody waits for it any more.
void AttestationReconciler::forget(const ObjectKey& key) {
  const bool is_news = standings_.with([&](auto& standings) {
    std::size_t forgotten = 0;
    for (auto& [server, standing] : standings) forgotten += standing.failing.erase(key);
    return forgotten > 0;
  });
  if (is_news) with_.on_change();
}

std::optional<base::SteadyTime::duration> AttestationReconciler::rest_of(const std::string& server) const {
  const base::SteadyTime now = with_.clock.steady_now();
  return standings_.with([&](const auto& standings) -> std::optional<base::SteadyTime::duration> {
    const auto found = standings.find(server);
    if (found == standings.end() || found->second.rests_until <= now) return std::nullopt;
    return found->second.rests_until - now;
  });
}

// The store may lag behind what was attached for another ImageScan of the repository, and a push costs more than a GET.
void AttestationReconciler::attach(const Target& target, const std::string& name, const std::stop_token& stop) {
  const ObjectKey key{.ns = {}, .name = name};
  const std::optional<nlohmann::json> stored = with_.api.get(crds::kImageReport, key);
  if (!stored) return;
  const auto report = stored->get<crds::ImageReport>();
  if (!must_be_attached(report, target.reference.name())) return;
  const std::optional<base::Digest> manifest = base::Digest::parse(report.spec.digest);
  if (!manifest) throw base::ParseError("ImageReport " + name + ": its digest is malformed");
  const ObjectKey secret{.ns = with_.operator_namespace, .name = target.settings.attestation_push->secret_ref.name};
  static_cast<void>(registry::push_artifact(
      {.reference = target.reference,
       .credentials = registry::matching_credentials(read_keyring(with_.api, secret), target.reference),
       .policy = target.settings.policy,
       .ca_bundle_pem = target.settings.ca_bundle_pem,
       .gate = with_.gate},
      {.type = std::string(scanner::kInventoryArtifactType),
       .layer_type = std::string(kEnvelopeType),
       .content = envelope_of(report, target),
       .annotations = {{"dev.pratique.scanner-version", report.spec.scanner_version}},
       .subject = *manifest},
      with_.clock, stop));
  with_.metrics.add(kAttestationsTotal, {{"result", "attached"}});
  // Of the version that was read: another worker's repository must not get lost.
  const nlohmann::json metadata{
      {"resourceVersion", kubernetes::resource_version_of(*stored)},
      {"annotations", {{std::string(kAttachedTo), attached_also_to(report, target.reference.name())}}}};
  with_.api.merge_patch(crds::kImageReport, key, {{"metadata", metadata}}, {});
}

std::string AttestationReconciler::envelope_of(const crds::ImageReport& report, const Target& target) {
  const crds::SecretReference& reference = target.settings.attestation_push->signing_key;
  const ObjectKey key{.ns = with_.operator_namespace, .name = reference.name};
  const std::string name = reference.key.empty() ? kDefaultKey : reference.key;
  const std::optional<nlohmann::json> secret = with_.api.get(kSecret, key);
  const std::optional<std::string> pem = secret ? secret_value(*secret, name) : std::nullopt;
  if (!pem) {
    throw base::ConfigError("the Secret " + key.text() + " with the key that signs, \"" + name +
                            "\", does not exist; make the key by `pratique database keygen`");
  }
  const std::string statement = write_statement(
      target.reference.name(),
      {.inventory = inventory_of(report.spec), .attached_sboms = report.spec.attached_sboms.value_or(false)});
  if (statement.size() > kAttestationBytesMax) throw base::LimitExceeded("the inventory is larger than 16 MiB");
  return net::sign_envelope(net::kStatementType, statement, *pem);
}

}  // namespace pratique_operator::reconcilers
