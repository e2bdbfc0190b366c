#include "operator/reconcilers/token_keys.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "net/http_client.h"
#include "net/json.h"
#include "net/proxy.h"
#include "net/url_policy.h"

namespace pratique_operator::reconcilers {
namespace {

constexpr std::size_t kDocumentBytesMax = 256 << 10;
constexpr std::chrono::seconds kTimeout{5};
constexpr const char* kConfigurationPath = "/.well-known/openid-configuration";

std::string get(net::HttpClient& http, const net::Url& url) {
  net::HttpRequest request;
  request.url = url;
  request.total_timeout = kTimeout;
  request.body_bytes_max = kDocumentBytesMax;
  const net::HttpResponse response = http.send(request);
  if (response.status != 200) throw base::NetworkError(url.text() + " answered " + std::to_string(response.status));
  return response.body;
}

net::Url keys_url(net::HttpClient& http, const crds::EventToken& token) {
  if (!token.keys_url.empty()) return net::parse_url(token.keys_url);
  const std::string text = get(http, net::parse_url(token.issuer + kConfigurationPath));
  const nlohmann::json document = net::parse_json_bounded(text, "OpenID configuration of " + token.issuer);
  const auto url = document.is_object() ? document.find("jwks_uri") : document.end();
  if (url == document.end() || !url->is_string()) {
    throw base::ParseError("OpenID configuration of " + token.issuer + ": no \"jwks_uri\" in it");
  }
  return net::parse_url(url->get<std::string>());
}

net::WebKeys fetch(const crds::EventToken& token) {
  // What an administrator named may have a private address; where its answers lead may not.
  net::UrlPolicy policy;
  policy.private_hosts.insert(net::parse_url(token.keys_url.empty() ? token.issuer : token.keys_url).authority());
  const auto http = net::make_http_client({.tls = {.ca_bundle_pem = token.ca_bundle},
                                           .address_policy =
                                               [&](const net::Url& url, const std::string& address) {
                                                 net::check_scheme(policy, url);
                                                 net::check_address(policy, url, address);
                                               },
                                           .proxy = net::environment_proxy});
  return net::WebKeys::parse(get(*http, keys_url(*http, token)));
}

}  // namespace

std::shared_ptr<const net::WebKeys> TokenKeys::of(const crds::EventToken& token) {
  const std::string key = token.issuer + "\n" + token.keys_url + "\n" + token.ca_bundle;
  const base::SteadyTime now = clock_.steady_now();
  const auto recent = known_.with([&](const auto& known) -> std::optional<Known> {
    const auto found = known.find(key);
    if (found == known.end()) return std::nullopt;
    const auto age = now - found->second.at;
    return age < (found->second.keys ? std::chrono::seconds(kAge) : kAgeOfFailure) ? std::optional(found->second)
                                                                                   : std::nullopt;
  });
  if (recent && recent->keys) return recent->keys;
  if (recent) throw base::NetworkError(recent->failure);
  Known taken{.keys = nullptr, .failure = {}, .at = now};
  try {
    taken.keys = std::make_shared<const net::WebKeys>(fetch(token));
  } catch (const base::Error& error) {
    taken.failure = "keys of the token issuer " + token.issuer + ": " + error.what();
  }
  known_.with([&](auto& known) { known[key] = taken; });
  if (!taken.keys) throw base::NetworkError(taken.failure);
  return taken.keys;
}

}  // namespace pratique_operator::reconcilers
