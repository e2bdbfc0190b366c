#include "scanner/server/registry_scan.h"

#include <algorithm>
#include <memory>

#include "base/digest.h"
#include "base/error.h"
#include "base/image_reference.h"
#include "registry/registry_client.h"

namespace scanner::server {
namespace {

net::UrlPolicy policy_of(const RegistryAccess& access) {
  const auto as_set = [](const std::vector<std::string>& hosts) {
    return std::set<std::string>(hosts.begin(), hosts.end());
  };
  return {.plain_http_hosts = as_set(access.plain_http_hosts),
          .private_hosts = as_set(access.private_hosts),
          .trusted_realm_hosts = as_set(access.trusted_realm_hosts)};
}

registry::RegistryClientSettings settings_of(const ScanRequest& request, std::shared_ptr<registry::TokenCache> tokens) {
  const RegistryAccess& access = request.access;
  registry::RegistryClientSettings settings{.reference = base::parse_image_reference(request.reference)};
  if (!access.bearer_token.empty()) settings.authorization = "Bearer " + access.bearer_token;
  if (!access.username.empty() || !access.identity_token.empty()) {
    settings.credentials.push_back(
        {.username = access.username, .password = access.password, .identity_token = access.identity_token});
  }
  settings.policy = policy_of(access);
  settings.ca_bundle_pem = access.ca_bundle_pem;
  settings.tokens = std::move(tokens);
  return settings;
}

ScanSettings lower(ScanSettings settings, const ScanRequest& request) {
  ScanLimits& limits = settings.limits;
  if (request.compressed_bytes_max != 0) {
    limits.compressed_bytes_max = std::min(limits.compressed_bytes_max, request.compressed_bytes_max);
  }
  settings.attached_sboms = request.access.attached_sboms;
  settings.index = base::Digest::parse(request.index);
  settings.sbom_keys = request.access.sbom_keys;
  if (request.timeout.count() != 0) limits.timeout = std::min(limits.timeout, request.timeout);
  return settings;
}

}  // namespace

ScanFunction make_registry_scan(const ScanSettings& settings, const base::Clock& clock) {
  auto tokens = std::make_shared<registry::TokenCache>();
  return [settings, &clock, tokens](const ScanRequest& request, const OnProgress& on_progress, std::stop_token stop) {
    const std::optional<base::Digest> digest = base::Digest::parse(request.digest);
    CHECK(digest.has_value());  // parse_scan_request() refuses others
    const auto source = registry::make_registry_source(settings_of(request, tokens), clock);
    return scan_image(*source, *digest, request.platform, lower(settings, request), on_progress, stop);
  };
}

}  // namespace scanner::server
