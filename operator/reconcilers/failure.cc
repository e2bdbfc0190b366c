#include "operator/reconcilers/failure.h"

#include <array>
#include <string_view>

#include "base/log.h"
#include "kubernetes/api_client.h"
#include "operator/reconcilers/image_resolver.h"
#include "registry/token_auth.h"
#include "scanner/report_wire.h"

namespace pratique_operator::reconcilers {
namespace {

struct Words {
  int status;
  const char* reason;
  const char* way_out;
  Remedy remedy;
};

constexpr std::array<Words, 4> kRegistryAnswers = {{
    {401, "Unauthorized", "name a Secret with credentials for this registry in spec.pullSecrets", Remedy::kIntervene},
    {403, "Forbidden", "the credentials do not allow pulling this repository", Remedy::kIntervene},
    {404, "NotFound", "push the image, or correct spec.image", Remedy::kIntervene},
    {429, "RateLimited", "the registry limits requests; tried again later", Remedy::kRetry},
}};

// Failures of the scan service that the same image will meet again.
constexpr std::array<std::string_view, 7> kNeedsSomebody = {
    "Unauthorized", "Forbidden", "NotFound", "InvalidImage", "LimitExceeded", "RealmNotTrusted", "BadRequest"};

Failure make(std::string reason, Remedy remedy, const std::string& cause, std::string_view way_out) {
  std::string message = base::escape_text(cause, 700);
  if (!way_out.empty()) {
    message += "; ";
    message += way_out;
  }
  return {.reason = std::move(reason), .message = std::move(message), .remedy = remedy, .retry_after = {}};
}

Failure of_http(const base::HttpError& error) {
  for (const Words& words : kRegistryAnswers) {
    if (words.status == error.status()) {
      Failure failure = make(words.reason, words.remedy, error.what(), words.way_out);
      failure.retry_after = error.retry_after();
      return failure;
    }
  }
  Failure failure = make("RegistryError", Remedy::kRetry, error.what(), "tried again later");
  failure.retry_after = error.retry_after();
  return failure;
}

Failure of_resolution(const base::Error& error) {
  if (dynamic_cast<const registry::RealmNotTrustedError*>(&error) != nullptr) {
    return make("RealmNotTrusted", Remedy::kIntervene, error.what(),
                "name the realm's host in auth.realmHosts of a ScanRegistry if it may have the credentials");
  }
  if (dynamic_cast<const CredentialsMissing*>(&error) != nullptr) {
    return make("CredentialsMissing", Remedy::kIntervene, error.what(),
                "spec.pullSecrets: docs/installation.md, \"Pull Secrets\"");
  }
  if (const auto* http = dynamic_cast<const base::HttpError*>(&error)) {
    return of_http(*http);
  }
  if (dynamic_cast<const base::NetworkError*>(&error) != nullptr) {
    return make("RegistryUnreachable", Remedy::kRetry, error.what(),
                "tried again; a registry on a private address or on plain http needs a ScanRegistry that names it");
  }
  if (dynamic_cast<const base::ParseError*>(&error) != nullptr) {
    return make("InvalidManifest", Remedy::kIntervene, error.what(), "push the image again");
  }
  if (dynamic_cast<const base::LimitExceeded*>(&error) != nullptr) {
    return make("LimitExceeded", Remedy::kIntervene, error.what(), "");
  }
  if (dynamic_cast<const NoPlatform*>(&error) != nullptr) {
    return make("NoPlatform", Remedy::kIntervene, error.what(), "name platforms that it has in spec.platforms");
  }
  if (dynamic_cast<const NotAnImage*>(&error) != nullptr) {
    return make(std::string(kNotAnImage), Remedy::kIntervene, error.what(), "name an image in spec.image");
  }
  if (dynamic_cast<const base::ConfigError*>(&error) != nullptr) {
    return make("SettingUnusable", Remedy::kIntervene, error.what(), "");
  }
  return make("ResolutionFailed", Remedy::kIntervene, error.what(), "");
}

Failure of_scan(const base::Error& error) {
  if (const auto* failed = dynamic_cast<const scanner::ScanFailed*>(&error)) {
    const scanner::ScanFailure& failure = failed->failure();
    Remedy remedy = Remedy::kRetry;
    for (const std::string_view reason : kNeedsSomebody) {
      remedy = failure.reason == reason ? Remedy::kIntervene : remedy;
    }
    Failure out = make(failure.reason, remedy, failure.message, "");
    out.retry_after = failure.retry_after;
    return out;
  }
  if (const auto* http = dynamic_cast<const base::HttpError*>(&error)) {
    const bool busy = http->status() == 429 || http->status() == 503;
    Failure out = make(busy ? "ScannerBusy" : "ScannerError", Remedy::kRetry, error.what(),
                       busy ? "the image waits for a free scanner" : "see the log of pratique-scanner");
    out.retry_after = http->retry_after();
    return out;
  }
  if (dynamic_cast<const base::NetworkError*>(&error) != nullptr) {
    return make("ScannerUnavailable", Remedy::kRetry, error.what(), "check the Deployment pratique-scanner");
  }
  return make("ScanFailed", Remedy::kRetry, error.what(), "");
}

}  // namespace

Failure describe_failure(ScanStep step, const base::Error& error) {
  const auto* api_error = dynamic_cast<const kubernetes::ApiError*>(&error);
  // Of the API server's objects, only a report is unpacked.
  if (step == ScanStep::kStore && dynamic_cast<const base::ParseError*>(&error) != nullptr) {
    return make("ReportUnreadable", Remedy::kIntervene, error.what(), "");
  }
  if (api_error != nullptr || step == ScanStep::kStore) {
    return make("ClusterError", Remedy::kRetry, error.what(), "the operator tries again");
  }
  if (step == ScanStep::kRead) {
    return make("InvalidReference", Remedy::kIntervene, error.what(),
                "delete this ImageScan and make one that is right");
  }
  return step == ScanStep::kResolve ? of_resolution(error) : of_scan(error);
}

}  // namespace pratique_operator::reconcilers
