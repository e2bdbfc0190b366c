#include "registry/registry_probe.h"

#include "base/image_reference.h"
#include "net/http_client.h"
#include "net/proxy.h"
#include "registry/registry_client.h"
#include "registry/token_auth.h"

namespace registry {
namespace {

constexpr std::chrono::seconds kRequestMax{10};

net::HttpResponse get_root(net::HttpClient& http, const net::Url& root, const std::string& authorization,
                           std::stop_token stop) {
  net::HttpRequest request;
  request.url = root;
  request.total_timeout = kRequestMax;
  if (!authorization.empty()) {
    request.headers["Authorization"] = authorization;
  }
  return http.send(request, std::move(stop));
}

// Any reference will do: the root depends on its host alone.
net::Url root_of(const ProbeSettings& settings) {
  net::Url root = registry_root(base::parse_image_reference(settings.server + "/any:any"), settings.policy);
  root.target = "/v2/";
  return root;
}

}  // namespace

ProbeAnswer probe_registry(const ProbeSettings& settings, const base::Clock& clock, std::stop_token stop) {
  const net::Url root = root_of(settings);
  const auto http = net::make_http_client(
      {.tls = {.ca_bundle_pem = settings.ca_bundle_pem, .client_certificate_pem = {}, .client_key_pem = {}},
       .address_policy = [&](const net::Url& url,
                             const std::string& address) { net::check_address(settings.policy, url, address); },
       .proxy = net::environment_proxy});
  const net::HttpResponse anonymous = get_root(*http, root, {}, stop);
  ProbeAnswer answer{.status = anonymous.status};
  if (!settings.credential || (anonymous.status != 200 && anonymous.status != 401)) {
    return answer;
  }
  if (anonymous.status == 200) {
    answer.login = Login::kNotNeeded;
    return answer;
  }
  TokenCache cache;
  TokenAuth auth(*http, settings.policy, cache, clock);
  const std::string challenges = net::find_header(anonymous.headers, "WWW-Authenticate").value_or("");
  const TokenAuth::Answer key = auth.answer(parse_www_authenticate(challenges), {.registry = root, .repository = {}},
                                            &*settings.credential, TokenAuth::Freshness::kNew, stop);
  if (!key.untrusted_realm.empty()) {
    answer.login = Login::kRealmNotTrusted;
    answer.untrusted_realm = key.untrusted_realm;
    return answer;
  }
  const bool accepted = !key.authorization.empty() && get_root(*http, root, key.authorization, stop).status == 200;
  answer.login = accepted ? Login::kAccepted : Login::kRefused;
  return answer;
}

}  // namespace registry
