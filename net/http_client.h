// What Pratique asks of the network: one request, one answer, with deadlines and bounds. The one implementation is
// net/curl_http_client.{h,cc}; tests use a server on loopback, not a fake of this interface.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "net/http.h"

namespace net {

// Judges an address before it is dialled, after name resolution, so that a name cannot be rebound in between. Throws
// base::NetworkError to refuse. `address` is numeric ("10.0.0.7", "fe80::1").
using AddressPolicy = std::function<void(const Url& url, const std::string& address)>;

struct TlsSettings {
  std::string ca_bundle_pem{};           // empty: the system's
  std::string client_certificate_pem{};  // both or neither
  std::string client_key_pem{};
};

struct HttpRequest {
  std::string method = "GET";
  Url url{};
  std::string address{};  // numeric; dialled instead of what the host's name resolves to, but the name is verified
  Headers headers{};
  std::string body{};
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds total_timeout{30'000};  // zero: none (a watch); then idle_timeout bounds it
  std::chrono::milliseconds idle_timeout{30'000};   // no byte for so long ends the request
  // As total_timeout, but what the consumer of a streamed body takes is left out: only the peer is waited for. Zero:
  // none.
  std::chrono::milliseconds peer_timeout{0};
  std::size_t body_bytes_max = 4 << 20;  // of the answer, when it is buffered
};

struct HttpResponse {
  int status = 0;
  Headers headers{};
  std::string body{};
};

// Called once, with the status and headers of a 2xx answer, before the first piece of the body.
using OnHeaders = std::function<void(const HttpResponse& head)>;
// Called for each piece of the body; false ends the transfer early, without an error.
using OnBody = std::function<bool(std::span<const char> piece)>;

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // Sends and returns the whole answer, whatever its status; redirects are not followed. Throws base::NetworkError
  // (cannot connect, broken, timed out, stopped) and base::LimitExceeded (body past body_bytes_max). Thread-safe;
  // connections are kept and shared by host. A stop request ends it within a second.
  [[nodiscard]] virtual HttpResponse send(const HttpRequest& request, std::stop_token stop = {}) = 0;

  // As send(), but the body goes to `on_body` piece by piece when the status is 2xx (else it is buffered as usual, up
  // to 64 KiB), on the calling thread. What the callbacks throw reaches the caller.
  virtual HttpResponse stream(const HttpRequest& request, const OnHeaders& on_headers, const OnBody& on_body,
                              std::stop_token stop = {}) = 0;
};

// The proxy that a URL is asked for by, "http://proxy:3128"; empty: none. It resolves the host's name, so that the
// address policy judges only a host that is written as an address. Throws base::ConfigError.
using ProxyChoice = std::function<std::string(const Url& url)>;

struct HttpClientSettings {
  TlsSettings tls{};
  AddressPolicy address_policy{};  // empty: any address
  ProxyChoice proxy{};             // empty: none; net::environment_proxy for what leaves the cluster
  std::string user_agent = "pratique/" PRATIQUE_VERSION;
};

[[nodiscard]] std::unique_ptr<HttpClient> make_http_client(HttpClientSettings settings = {});

}  // namespace net
