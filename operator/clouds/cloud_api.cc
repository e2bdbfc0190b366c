#include "operator/clouds/cloud_api.h"

#include "base/log.h"
#include "net/json.h"
#include "net/proxy.h"
#include "registry/retry_after.h"

namespace pratique_operator::clouds {
namespace {

constexpr std::chrono::seconds kTimeout{20};
constexpr std::size_t kErrorBytesShown = 300;
constexpr int kTooManyRequests = 429;

struct Refusal {
  std::string code;
  std::string message;
};

// Of the forms that the clouds have; STS alone begins its names with capitals.
Refusal refusal_of(const std::string& body) {
  const nlohmann::json document = nlohmann::json::parse(body, nullptr, false);
  const nlohmann::json& error = object_at(document, "error");
  const nlohmann::json& of_sts = object_at(document, "Error");
  Refusal refusal{.code = text_at(error, "code") + text_at(error, "status") + text_at(of_sts, "Code"),
                  .message = text_at(error, "message") + text_at(of_sts, "Message")};
  if (!refusal.code.empty() || !refusal.message.empty()) return refusal;
  // AWS may put a namespace before the type, "com.amazon.coral.availability#ThrottlingException".
  const std::string type = text_at(document, "__type");
  return {
      .code = text_at(document, "error") + type.substr(type.rfind('#') + 1),
      .message = text_at(document, "error_description") + text_at(document, "message") + text_at(document, "Message")};
}

// "AuthorizationFailed: The client ... does not have authorization"
std::string describe(const Refusal& refusal, const std::string& body) {
  const std::string text =
      refusal.code + (refusal.code.empty() || refusal.message.empty() ? "" : ": ") + refusal.message;
  return base::escape_text(text.empty() ? body : text, kErrorBytesShown);
}

// AWS says by a 400 what others say by a 429: it does not mean that we are not let in.
bool is_throttled(const Refusal& refusal) {
  return refusal.code.starts_with("Throttling") || refusal.code == "RequestLimitExceeded" ||
         refusal.code == "TooManyRequestsException";
}

}  // namespace

CloudApi::CloudApi(const crds::RegistryProviderSpec& spec, const base::Clock& clock) : clock_(clock) {
  const crds::ProviderEndpoints& named = spec.endpoints;
  for (const std::string& url : {named.login, named.management, named.sts, named.ecr, named.artifact_registry,
                                 named.iam_credentials, spec.harbor ? spec.harbor->url : std::string()}) {
    if (!url.empty()) policy_.private_hosts.insert(net::parse_url(url).authority());
  }
  http_ = net::make_http_client(
      {.tls = {.ca_bundle_pem = named.ca_bundle},
       .address_policy = [policy = policy_](const net::Url& url,
                                            const std::string& address) { net::check_address(policy, url, address); },
       .proxy = net::environment_proxy});
}

net::HttpResponse CloudApi::send(const Call& call, const std::stop_token& stop) const {
  net::HttpRequest request{.method = call.method,
                           .url = net::parse_url(call.url),
                           .headers = call.headers,
                           .body = call.body,
                           .total_timeout = kTimeout,
                           .body_bytes_max = kAnswerBytesMax};
  net::check_scheme(policy_, request.url);
  net::HttpResponse response = http_->send(request, stop);
  if (response.status / 100 == 2) return response;
  const std::string body = response.body.substr(0, 4096);
  const Refusal refusal = refusal_of(body);
  throw base::HttpError(call.what + ": " + request.url.authority() + " answered " + std::to_string(response.status) +
                            " " + describe(refusal, body),
                        is_throttled(refusal) ? kTooManyRequests : response.status, body,
                        registry::parse_retry_after(response, clock_.system_now()));
}

nlohmann::json CloudApi::json(const Call& call, const std::stop_token& stop) const {
  const net::HttpResponse response = send(call, stop);
  nlohmann::json document =
      net::parse_json_bounded(response.body, call.what, {.duplicate_keys = net::DuplicateKeys::kLastWins});
  if (!document.is_object()) throw base::ParseError(call.what + ": the answer is no object");
  return document;
}

nlohmann::json CloudApi::login(const Call& call, const std::stop_token& stop) const {
  constexpr int kServerErrors = 500;
  try {
    return json(call, stop);
  } catch (const base::HttpError& error) {
    if (error.status() >= kServerErrors || error.status() == kTooManyRequests) throw;
    throw LoginError(error.what());
  }
}

std::string encode_form(const Form& form) {
  std::string text;
  for (const auto& [name, value] : form) {
    text += (text.empty() ? "" : "&") + name + "=" + net::percent_encode(value);
  }
  return text;
}

net::Headers bearer(const std::string& token) {
  return {{"Authorization", "Bearer " + token}, {"Accept", "application/json"}};
}

std::string required_text(const nlohmann::json& object, const char* name, const std::string& what) {
  std::string text = text_at(object, name);
  if (text.empty()) throw base::ParseError(what + ": the answer has no \"" + name + "\"");
  return text;
}

std::string endpoint_or(const std::string& named, const std::string& own) {
  std::string endpoint = named.empty() ? own : named;
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint;
}

std::string next_page(const std::string& page, const std::string& next) {
  const net::Url from = net::parse_url(page);
  const net::Url to = net::resolve_url(from, next);
  if (net::judge_redirect(from, to) == net::Credentials::kWithhold) {
    throw base::ParseError("the next page of " + from.authority() + " is elsewhere, at " +
                           base::escape_text(to.authority(), kErrorBytesShown));
  }
  return to.text();
}

void check_registries(std::size_t count) {
  if (count > kRegistriesMax) {
    throw base::LimitExceeded("the account holds more than " + std::to_string(kRegistriesMax) + " registries");
  }
}

void check_pages(int pages) {
  if (pages > kPagesMax) throw base::LimitExceeded("the account's list has no end");
}

std::unique_ptr<CloudAccount> make_cloud_account(AccountSettings settings, const base::Clock& clock) {
  if (settings.spec.azure) return make_azure_account(std::move(settings), clock);
  if (settings.spec.aws) return make_aws_account(std::move(settings), clock);
  if (settings.spec.google) return make_google_account(std::move(settings), clock);
  if (settings.spec.harbor) return make_harbor_account(std::move(settings), clock);
  throw base::ConfigError("the spec names none of azure, aws, google and harbor");
}

}  // namespace pratique_operator::clouds
