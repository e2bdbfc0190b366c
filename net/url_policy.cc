#include "net/url_policy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/error.h"
#include "base/log.h"

namespace net {

namespace {

using Ipv4 = std::array<std::uint8_t, 4>;
using Ipv6 = std::array<std::uint8_t, 16>;

struct Ipv4Range {
  Ipv4 prefix;
  int bits;
};

// RFC 6890's special blocks that are not part of the internet.
constexpr std::array kInsideIpv4 = {
    Ipv4Range{{0, 0, 0, 0}, 8},       // "this network": Linux dials 0.0.0.0 as loopback
    Ipv4Range{{10, 0, 0, 0}, 8},      // private
    Ipv4Range{{100, 64, 0, 0}, 10},   // carrier-grade NAT, which clouds use inside
    Ipv4Range{{127, 0, 0, 0}, 8},     // loopback
    Ipv4Range{{169, 254, 0, 0}, 16},  // link-local: the clouds' metadata services
    Ipv4Range{{172, 16, 0, 0}, 12},   // private
    Ipv4Range{{192, 0, 0, 0}, 24},    // protocol assignments
    Ipv4Range{{192, 168, 0, 0}, 16},  // private
    Ipv4Range{{198, 18, 0, 0}, 15},   // benchmarking
    Ipv4Range{{224, 0, 0, 0}, 3},     // multicast, reserved, broadcast
};

template <std::size_t kBytes>
bool has_prefix(const std::array<std::uint8_t, kBytes>& address, const std::array<std::uint8_t, kBytes>& prefix,
                int bits) {
  for (std::size_t index = 0; index < kBytes && bits > 0; ++index, bits -= 8) {
    const auto mask = static_cast<std::uint8_t>(bits >= 8 ? 0xFF : 0xFF << (8 - bits));
    if ((address[index] & mask) != (prefix[index] & mask)) return false;
  }
  return true;
}

bool is_inside(const Ipv4& address) {
  return std::any_of(kInsideIpv4.begin(), kInsideIpv4.end(),
                     [&](const Ipv4Range& range) { return has_prefix(address, range.prefix, range.bits); });
}

Ipv4 embedded_ipv4(const Ipv6& address, std::size_t offset) {
  Ipv4 inner{};
  std::copy_n(address.begin() + static_cast<std::ptrdiff_t>(offset), inner.size(), inner.begin());
  return inner;
}

bool is_inside(const Ipv6& address) {
  constexpr Ipv6 kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};  // ::ffff:0:0/96
  constexpr Ipv6 kNat64 = {0, 0x64, 0xFF, 0x9B};                        // 64:ff9b::/96
  constexpr Ipv6 k6to4 = {0x20, 0x02};                                  // 2002::/16
  constexpr Ipv6 kGlobal = {0x20};                                      // 2000::/3
  if (has_prefix(address, kMapped, 96) || has_prefix(address, kNat64, 96)) return is_inside(embedded_ipv4(address, 12));
  if (has_prefix(address, k6to4, 16)) return is_inside(embedded_ipv4(address, 2));
  // All else outside 2000::/3 is loopback, unspecified, link-local, unique local, multicast or reserved.
  return !has_prefix(address, kGlobal, 3);
}

// Text that is no address counts as inside: what cannot be judged is not dialled.
bool is_inside(const std::string& text) {
  Ipv4 v4{};
  if (inet_pton(AF_INET, text.c_str(), v4.data()) == 1) return is_inside(v4);
  Ipv6 v6{};
  if (inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) return is_inside(v6);
  return true;
}

// Realms that belong to a registry although their host is another.
struct KnownRealm {
  std::string_view registry_host;
  std::string_view realm_host;
};
constexpr std::array kKnownRealms = {
    KnownRealm{"registry-1.docker.io", "auth.docker.io"},
    KnownRealm{"registry.gitlab.com", "gitlab.com"},
};

bool is_known_realm(const Url& registry, const Url& realm) {
  return realm.port == 443 && registry.port == 443 &&
         std::any_of(kKnownRealms.begin(), kKnownRealms.end(), [&](const KnownRealm& known) {
           return known.registry_host == registry.host && known.realm_host == realm.host;
         });
}

bool is_same_origin(const Url& left, const Url& right) {
  return left.scheme == right.scheme && left.host == right.host && left.port == right.port;
}

}  // namespace

void check_address(const UrlPolicy& policy, const Url& url, const std::string& address) {
  if (!is_inside(address)) return;
  const std::string host = url.authority();
  if (policy.private_hosts.count(host) > 0 || policy.plain_http_hosts.count(host) > 0) return;
  throw base::NetworkError(base::escape_text(host, 300) + " resolves to the private address " + address +
                           ", which is dialled only for hosts that were named: a ScanRegistry with this host, or " +
                           "--allow-private " + base::escape_text(host, 300));
}

void check_scheme(const UrlPolicy& policy, const Url& url) {
  const std::string host = url.authority();
  if (url.scheme == "https" || policy.plain_http_hosts.count(host) > 0) return;
  throw base::NetworkError(base::escape_text(host, 300) +
                           " would be spoken to without TLS, which is done only for hosts that were named: a " +
                           "ScanRegistry with plainHTTP, or --plain-http " + base::escape_text(host, 300));
}

Credentials judge_realm(const UrlPolicy& policy, const Url& registry, const Url& realm) {
  if (is_same_origin(registry, realm)) return Credentials::kSend;
  if (registry.scheme == "https" && realm.scheme != "https") return Credentials::kWithhold;
  const bool is_own_host = registry.host == realm.host && registry.port == realm.port;
  const bool is_trusted = policy.trusted_realm_hosts.count(realm.authority()) > 0 ||
                          (realm.port == 443 && policy.trusted_realm_hosts.count(realm.host) > 0);
  return is_own_host || is_trusted || is_known_realm(registry, realm) ? Credentials::kSend : Credentials::kWithhold;
}

Credentials judge_redirect(const Url& from, const Url& to) {
  return is_same_origin(from, to) ? Credentials::kSend : Credentials::kWithhold;
}

}  // namespace net
