// The proxies that stand between a cluster and the world, told as every program is told of them: the environment
// variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY, upper or lower case. For what leaves the cluster (registries, clouds,
// feeds); the API server and Pratique's own services are dialled directly.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace net {

struct ProxySettings {
  std::string https;     // "http://proxy.example:3128", may hold "user:password@"; empty: none
  std::string http;      // for plain http
  std::string no_proxy;  // as NO_PROXY has it
};

// `variable` gives a variable's value, empty for one that is not set. Throws base::ConfigError that names the variable
// and the way out, and shows no password, for a proxy that is no http or https URL; "proxy:3128" is
// "http://proxy:3128".
[[nodiscard]] ProxySettings proxy_settings(const std::function<std::string(const char* name)>& variable);

// Whether NO_PROXY's list names the URL's host: by "*", a name ("example.com" is its subdomains too, ".example.com" or
// "*.example.com" these alone), an address, a network ("10.0.0.0/8"), each with ":port" or without. Loopback always is.
[[nodiscard]] bool is_exempt(std::string_view no_proxy, const Url& url);

// The proxy for the URL; empty: none.
[[nodiscard]] std::string proxy_for(const ProxySettings& settings, const Url& url);

// proxy_for() by the process's environment. Thread-safe as long as nobody changes that.
[[nodiscard]] std::string environment_proxy(const Url& url);

// For the start of a server: says in the log which proxies there are. Throws base::ConfigError.
void announce_environment_proxies();

// "proxy.example:3128" of a proxy's URL: what may be shown.
[[nodiscard]] std::string proxy_host(const std::string& proxy);

}  // namespace net
