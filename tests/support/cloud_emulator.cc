#include "tests/support/cloud_emulator.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "net/json.h"

namespace tests {
namespace {

using net::ServerRequest;
using net::ServerResponse;
using nlohmann::json;

constexpr const char* kSubscription = "11111111-2222-3333-4444-555555555555";
constexpr const char* kAzureToken = "azure-access-token";
constexpr const char* kGoogleToken = "google-federated-token";
constexpr const char* kGoogleServiceToken = "google-service-token";

ServerResponse ok(const json& body) {
  return {.body = body.dump()};
}

ServerResponse refuse(int status, const json& body) {
  return {.status = status, .body = body.dump()};
}

// The value of a field of a form or a query, decoded as far as our own encoding goes.
std::string field_of(const std::string& form, const std::string& name) {
  const std::string all = "&" + form;
  const std::size_t at = all.find("&" + name + "=");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 2;
  const std::string encoded = all.substr(begin, all.find('&', begin) - begin);
  std::string decoded;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] == '%' && i + 2 < encoded.size()) {
      decoded += static_cast<char>(std::stoi(encoded.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      decoded += encoded[i];
    }
  }
  return decoded;
}

std::string query_of(const ServerRequest& request) {
  const std::size_t mark = request.target.find('?');
  return mark == std::string::npos ? std::string() : request.target.substr(mark + 1);
}

std::string header_of(const ServerRequest& request, const char* name) {
  return net::find_header(request.headers, name).value_or("");
}

// What a test's identity says, or a token of a real service account for the audience; the cloud would verify it.
bool is_token_for(const std::string& token, const std::string& audience) {
  if (token == "token of registry-reader for " + audience) return true;
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string::npos) return false;
  std::string part = token.substr(first + 1, second - first - 1);
  std::ranges::replace(part, '-', '+');
  std::ranges::replace(part, '_', '/');
  const json claims = json::parse(base::decode_base64(part).value_or(""), nullptr, false);
  const json& audiences = net::list_at(claims, "aud");
  return std::ranges::find(audiences, json(audience)) != audiences.end() &&
         net::text_at(claims, "sub").starts_with("system:serviceaccount:");
}

bool starts(const ServerRequest& request, const std::string& prefix) {
  return request.target.starts_with(prefix);
}

}  // namespace

CloudEmulator::CloudEmulator() {
  const net::KeyPair leaf =
      net::issue_leaf(authority_, {.common_name = "cloud", .dns_names = {"127.0.0.1"}}, base::RealClock().system_now());
  const net::ServerTls tls{.certificate_chain_pem = leaf.certificate_pem, .key_pem = leaf.key_pem};
  server_ = net::make_http_server(
      {.name = "cloud", .address = "127.0.0.1", .tls = std::make_shared<const net::ServerTls>(tls)},
      [this](const ServerRequest& request, net::Responder responder) { responder.respond(answer(request)); });
}

std::vector<CloudEmulator::Seen> CloudEmulator::seen() const {
  return seen_.with([](const auto& seen) { return seen; });
}

ServerResponse CloudEmulator::answer(const ServerRequest& request) {
  seen_.with([&](auto& seen) {
    seen.push_back({request.method, request.target, header_of(request, "Authorization"), request.body});
  });
  const Account account = account_.with([](const Account& now) { return now; });
  if (account.refusal) return *account.refusal;
  if (request.target.find("/oauth2/v2.0/token") != std::string::npos) return azure_login(request, account);
  if (starts(request, std::string("/subscriptions/") + kSubscription)) return azure_registries(request, account);
  if (starts(request, "/oauth2/exchange")) return azure_exchange(request);
  if (starts(request, "/v1/token")) return google_sts(request);
  if (starts(request, "/v1/projects/-/serviceAccounts/")) return google_impersonation(request);
  if (starts(request, "/v1/projects/shop-project/locations?")) return google_locations(request, account);
  if (starts(request, "/v1/projects/shop-project/locations/")) return google_repositories(request, account);
  if (starts(request, "/api/v2.0/projects")) return harbor_projects(request, account);
  if (!header_of(request, "X-Amz-Target").empty()) return aws_ecr(request, account);
  if (request.target == "/") return aws_sts(request);
  return refuse(404, {{"error", {{"code", "NotFound"}, {"message", "no such API"}}}});
}

ServerResponse CloudEmulator::azure_login(const ServerRequest& request, const Account& account) const {
  const bool by_secret = field_of(request.body, "client_secret") == account.client_secret;
  const bool by_federation = is_token_for(field_of(request.body, "client_assertion"), "api://AzureADTokenExchange");
  if (field_of(request.body, "scope") != "https://management.azure.com/.default" || !(by_secret || by_federation)) {
    return refuse(401, {{"error", "invalid_client"}, {"error_description", "AADSTS7000215: Invalid client secret."}});
  }
  return ok({{"token_type", "Bearer"}, {"expires_in", 3599}, {"access_token", kAzureToken}});
}

ServerResponse CloudEmulator::azure_registries(const ServerRequest& request, const Account& account) const {
  if (header_of(request, "Authorization") != std::string("Bearer ") + kAzureToken) {
    return refuse(401, {{"error", {{"code", "InvalidAuthenticationToken"}, {"message", "The token is invalid."}}}});
  }
  const std::string skip = field_of(query_of(request), "$skiptoken");
  const std::size_t begin = skip.empty() ? 0 : std::stoul(skip);
  const std::size_t end = std::min(begin + account.page, account.azure_servers.size());
  json value = json::array();
  for (std::size_t i = begin; i < end; ++i) {
    value.push_back({{"id", "/subscriptions/s/registries/" + account.azure_servers[i]},
                     {"sku", {{"name", "Premium"}}},
                     {"properties", {{"loginServer", account.azure_servers[i]}, {"provisioningState", "Succeeded"}}}});
  }
  json body = {{"value", value}};
  if (end < account.azure_servers.size()) {
    const std::string where = account.next_page_host.empty() ? url() : account.next_page_host;
    body["nextLink"] =
        where + std::string(request.path()) + "?api-version=2023-07-01&$skiptoken=" + std::to_string(end);
  }
  return ok(body);
}

ServerResponse CloudEmulator::azure_exchange(const ServerRequest& request) const {
  if (field_of(request.body, "access_token") != kAzureToken || field_of(request.body, "service") != host()) {
    return refuse(401, {{"errors", {{{"code", "UNAUTHORIZED"}, {"message", "authentication required"}}}}});
  }
  return ok({{"refresh_token", "refresh-token-of-" + host()}});
}

ServerResponse CloudEmulator::aws_sts(const ServerRequest& request) const {
  if (field_of(request.body, "Action") != "AssumeRoleWithWebIdentity" ||
      field_of(request.body, "RoleArn") != "arn:aws:iam::123456789012:role/pratique" ||
      !is_token_for(field_of(request.body, "WebIdentityToken"), "sts.amazonaws.com")) {
    return refuse(403, {{"Error", {{"Code", "AccessDenied"}}},
                        {"message", "Not authorized to perform sts:AssumeRoleWithWebIdentity"}});
  }
  return ok({{"AssumeRoleWithWebIdentityResponse",
              {{"AssumeRoleWithWebIdentityResult",
                {{"Credentials",
                  {{"AccessKeyId", "ASIAEXAMPLE"},
                   {"SecretAccessKey", "secret"},
                   {"SessionToken", "session"},
                   {"Expiration", 1769850000}}}}}}}});
}

ServerResponse CloudEmulator::aws_ecr(const ServerRequest& request, const Account& account) const {
  const std::string authorization = header_of(request, "Authorization");
  const bool is_user = authorization.starts_with("AWS4-HMAC-SHA256 Credential=" + account.aws_access_key_id + "/");
  const bool is_role = authorization.starts_with("AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/") &&
                       header_of(request, "X-Amz-Security-Token") == "session";
  if (!is_user && !is_role) {
    return refuse(400, {{"__type", "UnrecognizedClientException"}, {"message", "The security token is invalid."}});
  }
  const std::string target = header_of(request, "X-Amz-Target");
  if (target == "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories") {
    return ok(
        {{"repositories", {{{"registryId", "123456789012"}, {"repositoryName", "shop/web"}}}}, {"nextToken", "t"}});
  }
  return ok({{"authorizationData",
              {{{"authorizationToken", base::encode_base64("AWS:ecr-password")},
                {"expiresAt", 1769889600.123},
                {"proxyEndpoint", "https://123456789012.dkr.ecr.eu-central-1.amazonaws.com"}}}}});
}

ServerResponse CloudEmulator::google_sts(const ServerRequest& request) const {
  const json question = json::parse(request.body, nullptr, false);
  const std::string pool = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q";
  if (net::text_at(question, "audience") != "//" + pool ||
      !is_token_for(net::text_at(question, "subjectToken"), "https://" + pool)) {
    return refuse(400, {{"error", "invalid_grant"}, {"error_description", "The audience in ID Token does not match."}});
  }
  return ok({{"access_token", kGoogleToken}, {"token_type", "Bearer"}, {"expires_in", 3599}});
}

ServerResponse CloudEmulator::google_impersonation(const ServerRequest& request) const {
  const bool is_named = request.target.ends_with("/reader@shop-project.iam.gserviceaccount.com:generateAccessToken");
  if (header_of(request, "Authorization") != std::string("Bearer ") + kGoogleToken || !is_named) {
    return refuse(403, {{"error", {{"code", 403}, {"status", "PERMISSION_DENIED"}, {"message", "denied"}}}});
  }
  return ok({{"accessToken", kGoogleServiceToken}, {"expireTime", "2026-01-31T09:00:00Z"}});
}

ServerResponse CloudEmulator::google_locations(const ServerRequest& request, const Account& account) const {
  if (!header_of(request, "Authorization").starts_with("Bearer google-")) return refuse(401, json::object());
  json locations = json::array();
  for (const auto& [location, repositories] : account.google_repositories) {
    locations.push_back({{"name", "projects/shop-project/locations/" + location}, {"locationId", location}});
  }
  return ok({{"locations", locations}});
}

ServerResponse CloudEmulator::google_repositories(const ServerRequest& request, const Account& account) const {
  if (!header_of(request, "Authorization").starts_with("Bearer google-")) return refuse(401, json::object());
  const std::string path(request.path());
  const std::string prefix = "/v1/projects/shop-project/locations/";
  const std::string location = path.substr(prefix.size(), path.find('/', prefix.size()) - prefix.size());
  const auto found = account.google_repositories.find(location);
  if (found == account.google_repositories.end()) return refuse(404, {{"error", {{"status", "NOT_FOUND"}}}});
  const std::string token = field_of(query_of(request), "pageToken");
  const std::size_t at = token.empty() ? 0 : std::stoul(token);
  json repositories = json::array();
  if (at < found->second.size()) {
    repositories.push_back({{"name", path + "/" + found->second[at]}, {"format", "DOCKER"}});
    repositories.push_back({{"name", path + "/maven"}, {"format", "MAVEN"}});
  }
  json body = {{"repositories", repositories}};
  if (at + 1 < found->second.size()) body["nextPageToken"] = std::to_string(at + 1);
  return ok(body);
}

ServerResponse CloudEmulator::harbor_projects(const ServerRequest& request, const Account& account) const {
  const std::string login = "Basic " + base::encode_base64("robot$pratique:" + account.harbor_password);
  if (header_of(request, "Authorization") != login) {
    return refuse(401, {{"errors", {{{"code", "UNAUTHORIZED"}, {"message", "unauthorized"}}}}});
  }
  const std::size_t size = std::stoul(field_of(query_of(request), "page_size"));
  const std::size_t begin = (std::stoul(field_of(query_of(request), "page")) - 1) * size;
  json projects = json::array();
  for (std::size_t i = begin; i < std::min(begin + size, account.harbor_projects.size()); ++i) {
    projects.push_back({{"project_id", i}, {"name", account.harbor_projects[i]}});
  }
  return ok(projects);
}

}  // namespace tests
