#include "registry/registry_session.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "net/proxy.h"
#include "registry/gated_client.h"
#include "registry/retry_after.h"

namespace registry {

namespace {

constexpr std::size_t kErrorBytesShown = 300;
constexpr std::size_t kErrorBytesRead = 64 << 10;
constexpr std::string_view kApi = "/v2/";

net::HttpClientSettings client_settings(const RegistryClientSettings& settings) {
  return {.tls = {.ca_bundle_pem = settings.ca_bundle_pem},
          .address_policy = [policy = settings.policy](
                                const net::Url& url,
                                const std::string& address) { net::check_address(policy, url, address); },
          .proxy = net::environment_proxy};
}

bool is_refusal(int status) {
  return status == 401 || status == 403;
}

// "MANIFEST_UNKNOWN: manifest unknown" of a distribution error document; the body's start when it is something else.
std::string describe_error_body(const std::string& body) {
  const bool may_be_document = body.size() <= kErrorBytesRead;
  const auto document = may_be_document ? nlohmann::json::parse(body, nullptr, false) : nlohmann::json();
  const auto at = [](const nlohmann::json& value, const char* name) {
    return value.is_object() && value.contains(name) && value[name].is_string() ? value[name].get<std::string>()
                                                                                : std::string();
  };
  if (document.is_object() && document.contains("errors") && document["errors"].is_array() &&
      !document["errors"].empty()) {
    const auto& first = document["errors"].front();
    return base::escape_text(at(first, "code") + ": " + at(first, "message"), kErrorBytesShown);
  }
  return base::escape_text(body, kErrorBytesShown);
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

net::Url registry_root(const base::ImageReference& reference, const net::UrlPolicy& policy) {
  const std::string host = reference.host == "docker.io" ? "registry-1.docker.io" : reference.host;
  const net::Url plain = net::parse_url("http://" + host);
  return policy.plain_http_hosts.count(plain.authority()) > 0 ? plain : net::parse_url("https://" + host);
}

RegistrySession::RegistrySession(RegistryClientSettings settings, const base::Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      tokens_(settings_.tokens ? settings_.tokens : std::make_shared<TokenCache>()),
      http_(gated_client(net::make_http_client(client_settings(settings_)), settings_.gate, settings_.reference.host,
                         clock_)),
      auth_(*http_, settings_.policy, *tokens_, clock),
      root_(registry_root(settings_.reference, settings_.policy)),
      authorization_(settings_.authorization) {
  net::check_scheme(settings_.policy, root_);
}

net::HttpResponse RegistrySession::get(const Question& question, const base::Patience& patience) {
  net::HttpResponse response = ask(question, patience);
  if (response.status / 100 != 2) fail(question.path, response);
  return response;
}

net::HttpResponse RegistrySession::ask(const Question& question, const base::Patience& patience) {
  const auto end_of = [now = clock_.steady_now()](std::chrono::milliseconds timeout) {
    return timeout.count() == 0 ? base::SteadyTime::max() : now + timeout;
  };
  const Terms terms{.patience = patience.until(end_of(question.total_timeout)),
                    .peer_deadline = end_of(question.peer_timeout)};
  std::string used = authorization();
  net::HttpResponse response = send_following(question, used, terms);
  const std::size_t attempts = settings_.credentials.size() + 1;
  for (std::size_t tried = 0; is_refusal(response.status) && tried < attempts; ++tried) {
    const std::optional<std::string> next = next_authorization(response, used, patience.stop);
    if (!next) continue;
    used = *next;
    response = send_following(question, used, terms);
    if (response.status == 401) move_on();
  }
  return response;
}

// What to answer the refusal of `used` with; nullopt, with the next credential's turn, when this one answers no
// challenge. What another thread has got meanwhile is taken as it is.
std::optional<std::string> RegistrySession::next_authorization(const net::HttpResponse& refusal,
                                                               const std::string& used, const std::stop_token& stop) {
  const std::lock_guard lock(mutex_);
  if (authorization_ != used) return authorization_;
  if (const auto challenge = net::find_header(refusal.headers, "WWW-Authenticate")) {
    challenges_ = parse_www_authenticate(*challenge);
  }
  // A 401 may mean that the token has expired, so the same credential comes first; a 403 means its owner may not.
  const std::size_t attempts = settings_.credentials.size() + 1;
  if (refusal.status == 403) attempt_ = (attempt_ + 1) % attempts;
  const TokenScope scope{.registry = root_, .repository = settings_.reference.repository, .access = settings_.access};
  TokenAuth::Answer answer =
      auth_.answer(challenges_, scope, credential_of(attempt_), TokenAuth::Freshness::kCached, stop);
  if (!answer.authorization.empty() && answer.authorization == used) {
    answer = auth_.answer(challenges_, scope, credential_of(attempt_), TokenAuth::Freshness::kNew, stop);
  }
  if (!answer.untrusted_realm.empty()) untrusted_realm_ = answer.untrusted_realm;
  if (answer.authorization.empty() || answer.authorization == used) {
    attempt_ = (attempt_ + 1) % attempts;
    return std::nullopt;
  }
  authorization_ = std::move(answer.authorization);
  return authorization_;
}

void RegistrySession::move_on() {
  const std::lock_guard lock(mutex_);
  attempt_ = (attempt_ + 1) % (settings_.credentials.size() + 1);
}

net::HttpResponse RegistrySession::send_following(const Question& question, std::string authorization,
                                                  const Terms& terms) {
  net::Url url = root_;
  url.target = question.path.starts_with('/') ? question.path : "/v2/" + question.path;
  for (int redirects = 0; redirects <= kRedirectsMax; ++redirects) {
    net::HttpResponse response = send_once(question, url, authorization, terms);
    if (!is_redirect(response.status) || !question.follow) return response;
    const auto location = net::find_header(response.headers, "Location");
    if (!location) throw base::ParseError("registry " + root_.authority() + ": a redirect without a Location");
    const net::Url next = net::resolve_url(url, *location);
    net::check_scheme(settings_.policy, next);
    // Once dropped, the header stays dropped, also when a later redirect leads back.
    if (net::judge_redirect(url, next) == net::Credentials::kWithhold) authorization.clear();
    url = next;
  }
  throw base::NetworkError("registry " + root_.authority() + ": more than " + std::to_string(kRedirectsMax) +
                           " redirects");
}

net::HttpResponse RegistrySession::send_once(const Question& question, const net::Url& url,
                                             const std::string& authorization, const Terms& terms) {
  net::HttpRequest request{.method = question.method,
                           .url = url,
                           .body = question.body,
                           .total_timeout = time_until(terms.patience.deadline),
                           .idle_timeout = kBlobIdleTimeout,
                           .peer_timeout = time_until(terms.peer_deadline),
                           .body_bytes_max = question.body_bytes_max};
  if (!question.accept.empty()) request.headers["Accept"] = question.accept;
  if (!question.range.empty()) request.headers["Range"] = question.range;
  if (!question.content_type.empty()) request.headers["Content-Type"] = question.content_type;
  if (!authorization.empty()) request.headers["Authorization"] = authorization;
  if (!question.on_body) return http_->send(request, terms.patience.stop);
  return http_->stream(request, question.on_head, question.on_body, terms.patience.stop);
}

// Zero: as long as it takes.
std::chrono::milliseconds RegistrySession::time_until(base::SteadyTime deadline) const {
  if (deadline == base::SteadyTime::max()) return std::chrono::milliseconds(0);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock_.steady_now());
  if (left.count() <= 0) throw base::NetworkError("registry " + root_.authority() + ": it took longer than it may");
  return left;
}

std::string RegistrySession::path_of(const std::string& page, const std::string& link) const {
  std::string target = target_of(page, link);
  if (!target.starts_with(kApi)) fail_elsewhere(target);
  return target.substr(kApi.size());
}

std::string RegistrySession::target_of(const std::string& path, const std::string& link) const {
  net::Url url = root_;
  url.target = std::string(kApi) + path;
  const net::Url next = net::resolve_url(url, link);
  if (next.scheme != root_.scheme || next.authority() != root_.authority()) fail_elsewhere(next.text());
  return next.target;
}

void RegistrySession::fail_elsewhere(const std::string& place) const {
  throw base::ParseError("registry " + root_.authority() + ": it leads elsewhere, to " +
                         base::escape_text(place, kErrorBytesShown));
}

void RegistrySession::fail(const std::string& path, const net::HttpResponse& response) const {
  const std::string what = "registry " + root_.authority() + ", " + path + ": " + std::to_string(response.status) + " ";
  const std::string body = response.body.substr(0, 4096);
  const bool refused = is_refusal(response.status);
  const std::lock_guard lock(mutex_);
  if (refused && !untrusted_realm_.empty()) {
    throw RealmNotTrustedError(what + "(RealmNotTrusted: the registry sends its clients to the realm " +
                                   untrusted_realm_ + ", which is not trusted with its credentials)",
                               response.status, body);
  }
  const std::string credentials = settings_.credentials.empty() && settings_.authorization.empty()
                                      ? "no credentials were given"
                                      : "the credentials were refused";
  throw base::HttpError(what + (refused ? "(" + credentials + ") " : "") + describe_error_body(body), response.status,
                        body, parse_retry_after(response, clock_.system_now()));
}

}  // namespace registry
