// The one rule for every URL that a registry supplies (token realm, redirect, Location) and for every address that is
// dialled for it. docs/ARCHITECTURE.md, "Trust".
#pragma once

#include <set>
#include <string>

#include "net/http.h"

namespace net {

// What a person named. Hosts are "host:port".
struct UrlPolicy {
  std::set<std::string> plain_http_hosts{};     // may be spoken to without TLS; implies private_hosts
  std::set<std::string> private_hosts{};        // may resolve to loopback, link-local and private addresses
  std::set<std::string> trusted_realm_hosts{};  // may receive a registry's credentials ("auth.example.com")
};

enum class Credentials { kSend, kWithhold };

// Throws base::NetworkError when `address` is loopback, link-local, private, multicast or unspecified (IPv4-mapped IPv6
// included) and the URL's host:port was not named.
void check_address(const UrlPolicy& policy, const Url& url, const std::string& address);

// Throws base::NetworkError when the URL is plain http and its host:port was not named.
void check_scheme(const UrlPolicy& policy, const Url& url);

// Whether a registry's credentials may go to this realm: its own host:port, the built-in table, trusted_realm_hosts{};
// never from https to http.
[[nodiscard]] Credentials judge_realm(const UrlPolicy& policy, const Url& registry, const Url& realm);

// Whether the Authorization header may follow a redirect: only to the same scheme, host and port.
[[nodiscard]] Credentials judge_redirect(const Url& from, const Url& to);

}  // namespace net
