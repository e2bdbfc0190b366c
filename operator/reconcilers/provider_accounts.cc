#include "operator/reconcilers/provider_accounts.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "net/json.h"
#include "operator/reconcilers/secrets.h"

namespace pratique_operator::reconcilers {
namespace {

const kubernetes::ResourceType kServiceAccount{"", "v1", "ServiceAccount", "serviceaccounts", true};
// The least that the API server gives; it is exchanged at once.
constexpr std::int64_t kTokenSeconds = 600;

std::string request_token(kubernetes::ApiClient& api, const kubernetes::ObjectKey& account,
                          const std::string& audience) {
  const nlohmann::json answer =
      api.create_subresource(kServiceAccount, account, "token",
                             {{"apiVersion", "authentication.k8s.io/v1"},
                              {"kind", "TokenRequest"},
                              {"spec", {{"audiences", {audience}}, {"expirationSeconds", kTokenSeconds}}}});
  std::string token = net::text_at(net::object_at(answer, "status"), "token");
  if (token.empty()) throw base::ParseError("token of service account " + account.text() + ": the answer has none");
  return token;
}

}  // namespace

std::vector<clouds::FoundRegistry> ProviderAccounts::list(const crds::RegistryProvider& provider,
                                                          const std::stop_token& stop) {
  const std::shared_ptr<Account> account = account_of(provider.metadata.name);
  const std::lock_guard lock(account->mutex);
  return open(*account, provider.spec).list(stop);
}

registry::Credential ProviderAccounts::credential(const std::string& provider, const std::string& server,
                                                  const std::stop_token& stop) {
  const auto object = with_.providers.get({.ns = {}, .name = provider});
  if (!object) throw base::ConfigError("there is no RegistryProvider " + provider);
  const std::shared_ptr<Account> account = account_of(provider);
  const std::lock_guard lock(account->mutex);
  clouds::CloudAccount& opened = open(*account, object->spec);
  const auto known = account->passes.find(server);
  if (known != account->passes.end() && known->second.expires_at - kPassMargin > with_.clock.system_now()) {
    return known->second.credential;
  }
  return account->passes.insert_or_assign(server, opened.pass_for(server, stop)).first->second.credential;
}

std::shared_ptr<ProviderAccounts::Account> ProviderAccounts::account_of(const std::string& name) {
  return accounts_.with([&](auto& accounts) {
    // Those whose object has gone are nobody's.
    std::erase_if(accounts, [&](const auto& entry) {
      return entry.first != name && !with_.providers.get({.ns = {}, .name = entry.first});
    });
    std::shared_ptr<Account>& account = accounts[name];
    if (!account) account = std::make_shared<Account>();
    return account;
  });
}

clouds::CloudAccount& ProviderAccounts::open(Account& account, const crds::RegistryProviderSpec& spec) {
  const base::SteadyTime now = with_.clock.steady_now();
  const bool is_of_spec = account.account && account.spec == spec;
  if (is_of_spec && now - account.made_at < kAccountAge) return *account.account;
  if (!is_of_spec) account.passes.clear();
  account.account = clouds::make_cloud_account({.spec = spec, .identity = identity_of(spec.identity)}, with_.clock);
  account.spec = spec;
  account.made_at = now;
  return *account.account;
}

clouds::Identity ProviderAccounts::identity_of(const crds::ProviderIdentity& identity) {
  clouds::Identity known;
  if (!identity.service_account_name.empty()) {
    const kubernetes::ObjectKey account{.ns = with_.operator_namespace, .name = identity.service_account_name};
    known.token = [this, account](const std::string& audience) { return request_token(with_.api, account, audience); };
    return known;
  }
  const kubernetes::ObjectKey key{.ns = with_.operator_namespace,
                                  .name = identity.secret_ref ? identity.secret_ref->name : std::string()};
  const std::optional<nlohmann::json> secret = with_.api.get(kSecret, key);
  if (!secret) throw base::ConfigError("Secret " + key.text() + " does not exist");
  for (const auto& [name, value] : net::object_at(*secret, "data").items()) {
    if (const std::optional<std::string> text = secret_value(*secret, name)) known.secret[name] = *text;
  }
  return known;
}

}  // namespace pratique_operator::reconcilers
