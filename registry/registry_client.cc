#include "registry/registry_client.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "net/http_client.h"
#include "registry/blob_transfer.h"
#include "registry/limits.h"
#include "registry/manifest.h"
#include "registry/verified_image_source.h"

namespace registry {

namespace {

constexpr std::size_t kErrorBytesShown = 300;

net::HttpClientSettings client_settings(const RegistryClientSettings& settings) {
  return {.tls = {.ca_bundle_pem = settings.ca_bundle_pem},
          .address_policy = [policy = settings.policy](const net::Url& url, const std::string& address) {
            net::check_address(policy, url, address);
          }};
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_refusal(int status) {
  return status == 401 || status == 403;
}

// "MANIFEST_UNKNOWN: manifest unknown" of a distribution error document; the body's start when it is something else.
std::string describe_error_body(const std::string& body) {
  const auto document = nlohmann::json::parse(body, nullptr, false);
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

// One repository of one registry: sends requests with the right credentials and follows redirects. Thread-safe.
class RegistrySession {
 public:
  RegistrySession(RegistryClientSettings settings, const base::Clock& clock)
      : settings_(std::move(settings)),
        clock_(clock),
        tokens_(settings_.tokens ? settings_.tokens : std::make_shared<TokenCache>()),
        http_(net::make_http_client(client_settings(settings_))),
        auth_(*http_, settings_.policy, *tokens_, clock),
        root_(registry_root(settings_.reference, settings_.policy)),
        authorization_(settings_.authorization) {
    net::check_scheme(settings_.policy, root_);
  }

  struct Question {
    std::string method = "GET";
    std::string path;  // below /v2/<repository>/
    std::string accept{};
    std::size_t body_bytes_max = kManifestBytesMax;
    std::chrono::milliseconds total_timeout{60'000};
    std::string range{};  // of the bytes that are wanted; empty: all
    net::OnHeaders on_head{};
    net::OnBody on_body{};  // when set, the body of a 2xx answer goes there, and its head to `on_head`
    bool follow = true;     // redirects
  };

  // The 2xx answer. Throws base::HttpError for all others.
  net::HttpResponse get(const Question& question, const std::stop_token& stop);
  // The answer, whatever its status.
  net::HttpResponse ask(const Question& question, const std::stop_token& stop);

  [[nodiscard]] const base::ImageReference& reference() const { return settings_.reference; }
  [[nodiscard]] std::string authorization() const {
    const std::lock_guard lock(mutex_);
    return authorization_;
  }

 private:
  net::HttpResponse send_following(const Question& question, std::string authorization, const std::stop_token& stop);
  net::HttpResponse send_once(const Question& question, const net::Url& url, const std::string& authorization,
                              const std::stop_token& stop);
  [[nodiscard]] std::optional<std::string> next_authorization(const net::HttpResponse& refusal, const std::string& used,
                                                              const std::stop_token& stop);
  void move_on();
  [[noreturn]] void fail(const Question& question, const net::HttpResponse& response) const;

  // In the order of `attempt_`: the credential last used again (its token may have expired), the others, anonymous.
  [[nodiscard]] const Credential* credential_of(std::size_t attempt) const {
    return attempt < settings_.credentials.size() ? &settings_.credentials[attempt] : nullptr;
  }

  const RegistryClientSettings settings_;
  const base::Clock& clock_;
  const std::shared_ptr<TokenCache> tokens_;
  const std::unique_ptr<net::HttpClient> http_;
  TokenAuth auth_;
  const net::Url root_;

  mutable std::mutex mutex_;  // of what follows; held while a token is fetched, so that one is fetched for all
  std::string authorization_;
  std::vector<Challenge> challenges_;  // the registry's last ones
  std::size_t attempt_ = 0;            // the credential that `authorization_` came from
  std::string untrusted_realm_;
};

net::HttpResponse RegistrySession::get(const Question& question, const std::stop_token& stop) {
  net::HttpResponse response = ask(question, stop);
  if (response.status / 100 != 2) fail(question, response);
  return response;
}

net::HttpResponse RegistrySession::ask(const Question& question, const std::stop_token& stop) {
  std::string used = authorization();
  net::HttpResponse response = send_following(question, used, stop);
  const std::size_t attempts = settings_.credentials.size() + 1;
  for (std::size_t tried = 0; is_refusal(response.status) && tried < attempts; ++tried) {
    const std::optional<std::string> next = next_authorization(response, used, stop);
    if (!next) continue;
    used = *next;
    response = send_following(question, used, stop);
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
  const PullScope scope{.registry = root_, .repository = settings_.reference.repository};
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
                                                  const std::stop_token& stop) {
  net::Url url = root_;
  url.target = "/v2/" + settings_.reference.repository + "/" + question.path;
  for (int redirects = 0; redirects <= kRedirectsMax; ++redirects) {
    net::HttpResponse response = send_once(question, url, authorization, stop);
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
                                             const std::string& authorization, const std::stop_token& stop) {
  net::HttpRequest request{.method = question.method,
                           .url = url,
                           .total_timeout = question.total_timeout,
                           .idle_timeout = kBlobIdleTimeout,
                           .body_bytes_max = question.body_bytes_max};
  if (!question.accept.empty()) request.headers["Accept"] = question.accept;
  if (!question.range.empty()) request.headers["Range"] = question.range;
  if (!authorization.empty()) request.headers["Authorization"] = authorization;
  if (!question.on_body) return http_->send(request, stop);
  return http_->stream(request, question.on_head, question.on_body, stop);
}

void RegistrySession::fail(const Question& question, const net::HttpResponse& response) const {
  const std::string what = "registry " + root_.authority() + ", " + settings_.reference.repository + "/" +
                           question.path + ": " + std::to_string(response.status) + " ";
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

class RegistryStore final : public ContentStore {
 public:
  RegistryStore(RegistryClientSettings settings, const base::Clock& clock) : session_(std::move(settings), clock) {}

  StoredManifest root(std::optional<base::Digest>& expected, std::stop_token stop) override {
    const base::ImageReference& reference = session_.reference();
    if (reference.digest) {
      expected = reference.digest;
      return manifest_by(reference.digest->text(), stop, nullptr);
    }
    return manifest_by(reference.tag, stop, &expected);
  }

  StoredManifest manifest(const base::Digest& digest, std::stop_token stop) override {
    return manifest_by(digest.text(), stop, nullptr);
  }

  void blob(const Descriptor& blob, const OnBlobBytes& on_bytes, std::stop_token stop) override {
    const auto ask = [&](std::uint64_t offset, const net::OnHeaders& on_head, const net::OnBody& on_body) {
      session_.get({.path = "blobs/" + blob.digest.text(),
                    .total_timeout = std::chrono::milliseconds(0),
                    .range = offset == 0 ? std::string() : range_from(offset),
                    .on_head = on_head,
                    .on_body = on_body},
                   stop);
    };
    BlobTransfer(blob, on_bytes, stop).run(ask);
  }

  // A registry that leads to where the bytes are has judged who asks; that place may refuse a HEAD.
  bool has_blob(const Descriptor& blob, std::stop_token stop) override {
    const net::HttpResponse answer =
        session_.ask({.method = "HEAD", .path = "blobs/" + blob.digest.text(), .follow = false}, stop);
    return answer.status / 100 == 2 || is_redirect(answer.status);
  }

 private:
  StoredManifest manifest_by(const std::string& name, const std::stop_token& stop,
                             std::optional<base::Digest>* claimed) {
    net::HttpResponse response =
        session_.get({.path = "manifests/" + name, .accept = std::string(manifest_media_types())}, stop);
    if (claimed != nullptr) {
      const auto header = net::find_header(response.headers, "Docker-Content-Digest");
      if (header) *claimed = base::Digest::parse(*header);
    }
    return {.bytes = std::move(response.body),
            .content_type = net::find_header(response.headers, "Content-Type").value_or("")};
  }

  RegistrySession session_;
};

std::optional<std::chrono::seconds> parse_seconds(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  // Go durations of less than a second ("35.852µs") count as the least we wait.
  const bool is_small = unit.starts_with("ms") || unit.starts_with("us") || unit.starts_with("ns") ||
                        unit.starts_with("\xC2\xB5s") || unit.starts_with("\xCE\xBCs");
  if (is_small) return std::chrono::seconds(0);
  if (unit.starts_with("m")) value *= 60;
  if (unit.starts_with("h")) value *= 3600;
  const double most = static_cast<double>(kRetryAfterMax.count());
  return std::chrono::seconds(static_cast<std::int64_t>(std::min(value, most)));
}

std::optional<std::chrono::seconds> parse_http_date(const std::string& text, base::SystemTime now) {
  std::tm parts{};
  if (strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return std::nullopt;
  return std::chrono::seconds(timegm(&parts)) - std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
}

}  // namespace

std::optional<std::chrono::seconds> parse_retry_after(const net::HttpResponse& response, base::SystemTime now) {
  constexpr std::string_view kInBody = "retry-after: ";
  std::optional<std::chrono::seconds> asked;
  if (const auto header = net::find_header(response.headers, "Retry-After")) {
    asked = parse_seconds(*header);
    if (!asked) asked = parse_http_date(*header, now);
  } else if (const std::size_t at = response.body.find(kInBody); at != std::string::npos) {
    asked = parse_seconds(std::string_view(response.body).substr(at + kInBody.size(), 32));
  }
  if (!asked) return std::nullopt;
  return std::clamp(*asked, kRetryAfterMin, kRetryAfterMax);
}

net::Url registry_root(const base::ImageReference& reference, const net::UrlPolicy& policy) {
  const std::string host = reference.host == "docker.io" ? "registry-1.docker.io" : reference.host;
  const net::Url plain = net::parse_url("http://" + host);
  return policy.plain_http_hosts.count(plain.authority()) > 0 ? plain : net::parse_url("https://" + host);
}

std::unique_ptr<ImageSource> make_registry_source(RegistryClientSettings settings, const base::Clock& clock) {
  return make_verified_source(std::make_unique<RegistryStore>(std::move(settings), clock));
}

std::string pull_authorization(RegistryClientSettings settings, const base::Clock& clock, std::stop_token stop) {
  // A token of the shared cache may have only seconds left, and who gets it here cannot ask for another.
  settings.tokens = std::make_shared<TokenCache>();
  RegistrySession session(std::move(settings), clock);
  const base::ImageReference& reference = session.reference();
  const std::string name = reference.digest ? reference.digest->text() : reference.tag;
  const net::HttpResponse head =
      session.get({.method = "HEAD", .path = "manifests/" + name, .accept = std::string(manifest_media_types())}, stop);
  static_cast<void>(head);
  return session.authorization();
}

}  // namespace registry
