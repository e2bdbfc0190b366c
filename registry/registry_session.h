// Requests to one registry with the right credentials: challenges are answered, redirects followed by the rules of
// net/url_policy. Private to registry/'s clients.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/patience.h"
#include "net/http_client.h"
#include "registry/limits.h"
#include "registry/registry_client.h"
#include "registry/token_auth.h"

namespace registry {

[[nodiscard]] bool is_redirect(int status);

// For one repository, whose name is in the scope of its tokens; an empty one: for what is asked of the registry itself.
// Thread-safe.
class RegistrySession {
 public:
  // `clock` must outlive it. Throws base::NetworkError where the registry would be spoken to in plain HTTP and nobody
  // named that.
  RegistrySession(RegistryClientSettings settings, const base::Clock& clock);

  struct Question {
    std::string method = "GET";
    std::string path;  // below /v2/: "library/nginx/manifests/latest"; with a slash at its start, of the host
    std::string accept{};
    std::string body{};
    std::string content_type{};  // of the body
    std::size_t body_bytes_max = kManifestBytesMax;
    // Both with redirects and challenges; zero: patience alone.
    std::chrono::milliseconds total_timeout{60'000};
    std::chrono::milliseconds peer_timeout{0};  // without what `on_body` takes
    std::string range{};                        // of the bytes that are wanted; empty: all
    net::OnHeaders on_head{};
    net::OnBody on_body{};  // when set, the body of a 2xx answer goes there, and its head to `on_head`
    bool follow = true;     // redirects
  };

  // The 2xx answer. Throws base::HttpError for all others.
  net::HttpResponse get(const Question& question, const base::Patience& patience);
  // The answer, whatever its status.
  net::HttpResponse ask(const Question& question, const base::Patience& patience);

  // Of a link from one page of a list to the next, relative to the page's path. Throws base::ParseError where it leads
  // to another host or out of the API.
  [[nodiscard]] std::string path_of(const std::string& page, const std::string& link) const;
  // The same of a Location that may lie anywhere on this host: a Question's path with a slash at its start.
  [[nodiscard]] std::string target_of(const std::string& path, const std::string& link) const;
  // Throws what get() throws for an answer that is none of 2xx.
  [[noreturn]] void fail(const std::string& path, const net::HttpResponse& response) const;

  [[nodiscard]] const base::ImageReference& reference() const { return settings_.reference; }
  [[nodiscard]] std::string authorization() const {
    const std::lock_guard lock(mutex_);
    return authorization_;
  }

 private:
  // Of one question, whatever redirects and challenges lead to its answer.
  struct Terms {
    base::Patience patience;
    base::SteadyTime peer_deadline;  // of the registry, which is later where a consumer takes its time
  };
  net::HttpResponse send_following(const Question& question, std::string authorization, const Terms& terms);
  net::HttpResponse send_once(const Question& question, const net::Url& url, const std::string& authorization,
                              const Terms& terms);
  [[nodiscard]] std::chrono::milliseconds time_until(base::SteadyTime deadline) const;
  [[nodiscard]] std::optional<std::string> next_authorization(const net::HttpResponse& refusal, const std::string& used,
                                                              const std::stop_token& stop);
  void move_on();
  [[noreturn]] void fail_elsewhere(const std::string& place) const;

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

}  // namespace registry
