#include "tests/support/cloud_emulator.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "net/json.h"
#include "tests/support/aws_signature_check.h"

namespace tests {
namespace {

using net::ServerRequest;
using net::ServerResponse;
using nlohmann::json;

constexpr const char* kSubscription = "11111111-2222-3333-4444-555555555555";
constexpr const char* kAzureToken = "azure-access-token";
constexpr const char* kRoleKeyId = "ASIAEXAMPLE";
constexpr const char* kRoleSecret = "role-secret";
constexpr const char* kRoleSession = "session";
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

// Of a list of so many, what the token of a page begins with; and the token of the next page, "" at the end.
struct Page {
  Page(const std::string& token, std::size_t size, std::size_t total)
      : begin(token.empty() ? 0 : std::stoul(token)), end(std::min(begin + std::max<std::size_t>(1, size), total)) {
    if (end < total) next = std::to_string(end);
  }
  std::size_t begin;
  std::size_t end;
  std::string next;
};

std::size_t page_size(const ServerRequest& request, const CloudEmulator::Account& account) {
  const std::string asked = field_of(query_of(request), "pageSize");
  return asked.empty() ? account.page : std::min<std::size_t>(account.page, std::stoul(asked));
}

ServerResponse ecr_refusal(const char* type, const std::string& message) {
  return refuse(400, {{"__type", type}, {"message", message}});
}

// nullopt: whoever asks is one of the account's.
std::optional<ServerResponse> why_not_let_into_ecr(const ServerRequest& request,
                                                   const CloudEmulator::Account& account) {
  const auto said = parse_aws_authorization(header_of(request, "Authorization"));
  if (!said) return ecr_refusal("MissingAuthenticationTokenException", "Missing Authentication Token");
  const bool is_user = said->access_key_id == account.aws_access_key_id;
  const bool is_role = said->access_key_id == kRoleKeyId && header_of(request, "X-Amz-Security-Token") == kRoleSession;
  if (!is_user && !is_role) {
    return ecr_refusal("UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  if (said->region != "eu-central-1" || said->service != "ecr") {
    return ecr_refusal("InvalidSignatureException", "Credential should be scoped to a valid region.");
  }
  const std::string why = why_not_signed(request, *said, is_user ? account.aws_secret_access_key : kRoleSecret);
  return why.empty() ? std::nullopt : std::optional(ecr_refusal("InvalidSignatureException", why));
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
  if (account.refuse) {
    if (std::optional<ServerResponse> refusal = account.refuse(request)) return *std::move(refusal);
  }
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
  const Page page(field_of(query_of(request), "$skiptoken"), account.page, account.azure_servers.size());
  json value = json::array();
  for (std::size_t i = page.begin; i < page.end; ++i) {
    value.push_back({{"id", "/subscriptions/s/registries/" + account.azure_servers[i]},
                     {"sku", {{"name", "Premium"}}},
                     {"properties", {{"loginServer", account.azure_servers[i]}, {"provisioningState", "Succeeded"}}}});
  }
  json body = {{"value", value}};
  if (!page.next.empty()) {
    const std::string where = account.next_page_host.empty() ? url() : account.next_page_host;
    body["nextLink"] = where + std::string(request.path()) + "?api-version=2023-07-01&$skiptoken=" + page.next;
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
    return refuse(403, {{"Error",
                         {{"Code", "AccessDenied"},
                          {"Message", "Not authorized to perform sts:AssumeRoleWithWebIdentity"},
                          {"Type", "Sender"}}},
                        {"RequestId", "1"}});
  }
  return ok({{"AssumeRoleWithWebIdentityResponse",
              {{"AssumeRoleWithWebIdentityResult",
                {{"Credentials",
                  {{"AccessKeyId", kRoleKeyId},
                   {"SecretAccessKey", kRoleSecret},
                   {"SessionToken", kRoleSession},
                   {"Expiration", 1769850000}}}}}}}});
}

ServerResponse CloudEmulator::aws_ecr(const ServerRequest& request, const Account& account) const {
  if (std::optional<ServerResponse> refusal = why_not_let_into_ecr(request, account)) return *std::move(refusal);
  const std::string target = header_of(request, "X-Amz-Target");
  if (target == "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories") return ecr_repositories(request, account);
  return ok({{"authorizationData",
              {{{"authorizationToken", base::encode_base64("AWS:ecr-password")},
                {"expiresAt", 1769889600.123},
                {"proxyEndpoint", "https://123456789012.dkr.ecr.eu-central-1.amazonaws.com"}}}}});
}

ServerResponse CloudEmulator::ecr_repositories(const ServerRequest& request, const Account& account) const {
  const json question = json::parse(request.body, nullptr, false);
  if (net::text_at(question, "registryId") != "123456789012") {
    return ecr_refusal("AccessDeniedException", "User is not authorized to perform: ecr:DescribeRepositories");
  }
  const std::size_t size = std::min<std::size_t>(question.value("maxResults", account.page), account.page);
  const Page page(net::text_at(question, "nextToken"), size, account.ecr_repositories.size());
  json repositories = json::array();
  for (std::size_t i = page.begin; i < page.end; ++i) {
    repositories.push_back({{"registryId", "123456789012"}, {"repositoryName", account.ecr_repositories[i]}});
  }
  json body = {{"repositories", repositories}};
  if (!page.next.empty()) body["nextToken"] = page.next;
  return ok(body);
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
  std::vector<std::string> names;
  for (const auto& [location, repositories] : account.google_repositories) names.push_back(location);
  const Page page(field_of(query_of(request), "pageToken"), page_size(request, account), names.size());
  json locations = json::array();
  for (std::size_t i = page.begin; i < page.end; ++i) {
    locations.push_back({{"name", "projects/shop-project/locations/" + names[i]}, {"locationId", names[i]}});
  }
  json body = {{"locations", locations}};
  if (!page.next.empty()) body["nextPageToken"] = page.next;
  return ok(body);
}

ServerResponse CloudEmulator::google_repositories(const ServerRequest& request, const Account& account) const {
  if (!header_of(request, "Authorization").starts_with("Bearer google-")) return refuse(401, json::object());
  const std::string path(request.path());
  const std::string prefix = "/v1/projects/shop-project/locations/";
  const std::string location = path.substr(prefix.size(), path.find('/', prefix.size()) - prefix.size());
  const auto found = account.google_repositories.find(location);
  if (found == account.google_repositories.end()) return refuse(404, {{"error", {{"status", "NOT_FOUND"}}}});
  json all = json::array({{{"name", path + "/maven"}, {"format", "MAVEN"}}});
  for (const std::string& name : found->second) all.push_back({{"name", path + "/" + name}, {"format", "DOCKER"}});
  const Page page(field_of(query_of(request), "pageToken"), page_size(request, account), all.size());
  json repositories = json::array();
  for (std::size_t i = page.begin; i < page.end; ++i) repositories.push_back(all[i]);
  json body = {{"repositories", repositories}};
  if (!page.next.empty()) body["nextPageToken"] = page.next;
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

ServerResponse throttled_by_azure(int retry_after_seconds) {
  const std::string seconds = std::to_string(retry_after_seconds);
  ServerResponse response =
      refuse(429, {{"error",
                    {{"code", "SubscriptionRequestsThrottled"},
                     {"message", "Number of requests for subscription exceeded the limit. Please try again after '" +
                                     seconds + "' seconds."}}}});
  response.headers["Retry-After"] = seconds;
  return response;
}

ServerResponse throttled_by_ecr() {
  return ecr_refusal("ThrottlingException", "Rate exceeded");
}

ServerResponse throttled_before_ecr() {
  return refuse(400,
                {{"__type", "com.amazon.coral.availability#ThrottlingException"}, {"Message", "Too many requests"}});
}

ServerResponse throttled_by_sts() {
  return refuse(
      400, {{"Error", {{"Code", "Throttling"}, {"Message", "Rate exceeded"}, {"Type", "Sender"}}}, {"RequestId", "1"}});
}

ServerResponse throttled_by_google() {
  return refuse(429, {{"error",
                       {{"code", 429},
                        {"message", "Quota exceeded for quota metric 'Requests'."},
                        {"status", "RESOURCE_EXHAUSTED"},
                        {"details",
                         {{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                           {"reason", "RATE_LIMIT_EXCEEDED"},
                           {"domain", "googleapis.com"}}}}}}});
}

}  // namespace tests
