#include "net/proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "base/error.h"
#include "base/log.h"

namespace net {
namespace {

constexpr std::string_view kSchemeEnd = "://";

// An IPv4 address is written as IPv6, so that there is one form to compare.
using Address = std::array<std::uint8_t, 16>;
constexpr std::size_t kIpv4Offset = 12;
constexpr int kIpv4PrefixBits = 96;

struct Network {
  Address address{};
  int bits = 128;
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view without_brackets(std::string_view host) {
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

std::optional<Address> address_of(std::string_view host) {
  const std::string text(without_brackets(host));
  Address address{};
  if (inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (inet_pton(AF_INET, text.c_str(), address.data() + kIpv4Offset) == 1) return address;
  return std::nullopt;
}

std::optional<int> number_of(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::optional<Network> network_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<Address> address = address_of(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Network{.address = *address};
  const std::optional<int> bits = number_of(text.substr(slash + 1));
  const bool is_ipv4 = text.substr(0, slash).find(':') == std::string_view::npos;
  const int most = is_ipv4 ? 32 : 128;
  if (!bits || *bits < 0 || *bits > most) return std::nullopt;
  return Network{.address = *address, .bits = *bits + (is_ipv4 ? kIpv4PrefixBits : 0)};
}

bool is_in(const Address& address, const Network& network) {
  for (int bit = 0; bit < network.bits; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const int mask = 0x80 >> (bit % 8);
    if ((address[byte] & mask) != (network.address[byte] & mask)) return false;
  }
  return true;
}

// Takes ":port" off an entry; what is left of an IPv6 address without brackets stays whole.
std::optional<int> take_port(std::string_view& entry) {
  const std::size_t colon = entry.rfind(':');
  const bool is_ipv6 = entry.find(':') != colon && !entry.starts_with('[');
  if (colon == std::string_view::npos || is_ipv6 || entry.ends_with(']')) return std::nullopt;
  const std::optional<int> port = number_of(entry.substr(colon + 1));
  if (port) entry = entry.substr(0, colon);
  return port;
}

bool names(std::string_view entry, const Url& url) {
  if (entry == "*") return true;
  const std::optional<int> port = take_port(entry);
  if (port && *port != url.port) return false;
  if (const std::optional<Address> address = address_of(url.host)) {
    const std::optional<Network> network = network_of(entry);
    return network && is_in(*address, *network);
  }
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  const std::string name = lower(entry);
  if (name.starts_with('.')) return url.host.ends_with(name);
  return !name.empty() && (url.host == name || url.host.ends_with('.' + name));
}

bool is_loopback(const Url& url) {
  const std::optional<Address> address = address_of(url.host);
  if (!address) return url.host == "localhost";
  return is_in(*address, *network_of("127.0.0.0/8")) || is_in(*address, *network_of("::1"));
}

std::string checked_proxy(const char* name, const std::string& value) {
  if (value.empty()) return {};
  const std::string proxy = value.find(kSchemeEnd) == std::string::npos ? "http://" + value : value;
  const std::string scheme = lower(proxy.substr(0, proxy.find(kSchemeEnd)));
  const bool is_url = (scheme == "http" || scheme == "https") && [&] {
    try {
      return !parse_url(scheme + "://" + proxy_host(proxy)).host.empty();
    } catch (const base::ParseError& error) {
      throw base::ConfigError(std::string(name) + ": " + error.what() + "; write it as http://proxy.example:3128");
    }
  }();
  if (!is_url) {
    throw base::ConfigError(std::string(name) + " is no http or https URL; write it as http://proxy.example:3128");
  }
  return proxy;
}

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

}  // namespace

ProxySettings proxy_settings(const std::function<std::string(const char*)>& variable) {
  const auto either = [&variable](const char* upper_case) {
    const std::string value = variable(upper_case);
    return std::string(trimmed(value.empty() ? variable(lower(upper_case).c_str()) : value));
  };
  return {.https = checked_proxy("HTTPS_PROXY", either("HTTPS_PROXY")),
          .http = checked_proxy("HTTP_PROXY", either("HTTP_PROXY")),
          .no_proxy = either("NO_PROXY")};
}

bool is_exempt(std::string_view no_proxy, const Url& url) {
  if (is_loopback(url)) return true;
  while (!no_proxy.empty()) {
    const std::size_t comma = no_proxy.find(',');
    const std::string_view entry = trimmed(no_proxy.substr(0, comma));
    if (!entry.empty() && names(entry, url)) return true;
    no_proxy = comma == std::string_view::npos ? std::string_view() : no_proxy.substr(comma + 1);
  }
  return false;
}

std::string proxy_for(const ProxySettings& settings, const Url& url) {
  const std::string& proxy = url.scheme == "https" ? settings.https : settings.http;
  return proxy.empty() || is_exempt(settings.no_proxy, url) ? std::string() : proxy;
}

std::string environment_proxy(const Url& url) {
  return proxy_for(proxy_settings(environment_variable), url);
}

void announce_environment_proxies() {
  const ProxySettings settings = proxy_settings(environment_variable);
  if (settings.https.empty() && settings.http.empty()) return;
  base::log(base::LogLevel::kInfo, "what leaves the cluster goes by a proxy",
            {{"https", proxy_host(settings.https)}, {"http", proxy_host(settings.http)}, {"except", settings.no_proxy}});
}

std::string proxy_host(const std::string& proxy) {
  std::string_view host = proxy;
  const std::size_t scheme = host.find(kSchemeEnd);
  if (scheme != std::string_view::npos) host.remove_prefix(scheme + kSchemeEnd.size());
  host = host.substr(0, host.find_first_of("/?#"));
  const std::size_t user = host.rfind('@');
  return std::string(user == std::string_view::npos ? host : host.substr(user + 1));
}

}  // namespace net
