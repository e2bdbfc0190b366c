// Azure: an application or managed identity, known by workload identity federation or by its secret, lists the
// container registries of a subscription (Azure Resource Manager) and exchanges its token for theirs (oauth2/exchange).
#include <set>

#include "net/json.h"
#include "operator/clouds/cloud_api.h"

namespace pratique_operator::clouds {
namespace {

using crds::AzureCloud;

constexpr const char* kAudience = "api://AzureADTokenExchange";
constexpr const char* kApiVersion = "2023-07-01";
// Whoever shows a registry's refresh token has this name.
constexpr const char* kTokenUser = "00000000-0000-0000-0000-000000000000";
// A refresh token lives for three hours.
constexpr std::chrono::minutes kPassLifetime{150};

struct Hosts {
  const char* login;
  const char* management;
  const char* registries;
};

Hosts hosts_of(AzureCloud cloud) {
  switch (cloud) {
    case AzureCloud::kChina:
      return {"https://login.partner.microsoftonline.cn", "https://management.chinacloudapi.cn", ".azurecr.cn"};
    case AzureCloud::kUsGovernment:
      return {"https://login.microsoftonline.us", "https://management.usgovcloudapi.net", ".azurecr.us"};
    case AzureCloud::kPublic:
      break;
  }
  return {"https://login.microsoftonline.com", "https://management.azure.com", ".azurecr.io"};
}

class AzureAccount final : public CloudAccount {
 public:
  AzureAccount(AccountSettings settings, const base::Clock& clock)
      : settings_(std::move(settings)),
        account_(*settings_.spec.azure),
        hosts_(hosts_of(account_.cloud)),
        management_(endpoint_or(settings_.spec.endpoints.management, hosts_.management)),
        api_(settings_.spec, clock),
        clock_(clock) {}

  std::vector<FoundRegistry> list(const std::stop_token& stop) override {
    const std::string token = access_token(stop);
    std::vector<FoundRegistry> found;
    std::string page = management_ + "/subscriptions/" + account_.subscription +
                       "/providers/Microsoft.ContainerRegistry/registries?api-version=" + kApiVersion;
    for (int pages = 1; !page.empty(); ++pages) {
      check_pages(pages);
      const nlohmann::json answer =
          api_.json({.what = "list of Azure's registries", .url = page, .headers = bearer(token)}, stop);
      for (const nlohmann::json& one : list_at(answer, "value")) {
        const std::string server = text_at(object_at(one, "properties"), "loginServer");
        if (server.empty()) continue;
        found.push_back({.server = server});
        check_registries(found.size());
      }
      const std::string next = text_at(answer, "nextLink");
      page = next.empty() ? next : next_page(page, next);
    }
    listed_.clear();
    for (const FoundRegistry& registry : found) listed_.insert(registry.server);
    return found;
  }

  Pass pass_for(const std::string& server, const std::stop_token& stop) override {
    check_server(server, stop);
    const nlohmann::json answer = api_.login({.what = "token of " + server,
                                              .method = "POST",
                                              .url = "https://" + server + "/oauth2/exchange",
                                              .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                                              .body = encode_form({{"grant_type", "access_token"},
                                                                   {"service", server},
                                                                   {"tenant", account_.tenant},
                                                                   {"access_token", access_token(stop)}})},
                                             stop);
    return {.credential = {.username = kTokenUser,
                           .password = {},
                           .identity_token = required_text(answer, "refresh_token", "token of " + server)},
            .expires_at = clock_.system_now() + kPassLifetime};
  }

 private:
  // Servers of another cloud would get a token that opens the whole subscription.
  void check_server(const std::string& server, const std::stop_token& stop) {
    const std::string_view suffix = hosts_.registries;
    const bool is_azures =
        server.size() > suffix.size() && server.ends_with(suffix) && server.find_first_of(":/@") == std::string::npos;
    if (is_azures) return;
    // A cloud of one's own has names of its own: those that it lists.
    const bool is_own_cloud = !settings_.spec.endpoints.management.empty();
    if (is_own_cloud && !listed_.contains(server)) static_cast<void>(list(stop));
    if (!is_own_cloud || !listed_.contains(server)) {
      throw base::ConfigError(server + " is no registry of Azure: it gets no credential of the subscription");
    }
  }

  std::string access_token(const std::stop_token& stop) {
    Form form = {{"client_id", account_.client_id},
                 {"scope", std::string(hosts_.management) + "/.default"},
                 {"grant_type", "client_credentials"}};
    if (settings_.identity.token) {
      form.emplace_back("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      form.emplace_back("client_assertion", settings_.identity.token(kAudience));
    } else {
      const auto secret = settings_.identity.secret.find("clientSecret");
      if (secret == settings_.identity.secret.end()) throw LoginError("the Secret has no key clientSecret");
      form.emplace_back("client_secret", secret->second);
    }
    const nlohmann::json answer = api_.login({.what = "login at Azure",
                                              .method = "POST",
                                              .url = endpoint_or(settings_.spec.endpoints.login, hosts_.login) + "/" +
                                                     account_.tenant + "/oauth2/v2.0/token",
                                              .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                                              .body = encode_form(form)},
                                             stop);
    return required_text(answer, "access_token", "login at Azure");
  }

  const AccountSettings settings_;
  const crds::AzureAccount account_;
  const Hosts hosts_;
  const std::string management_;
  const CloudApi api_;
  const base::Clock& clock_;
  std::set<std::string> listed_;
};

}  // namespace

std::unique_ptr<CloudAccount> make_azure_account(AccountSettings settings, const base::Clock& clock) {
  return std::make_unique<AzureAccount>(std::move(settings), clock);
}

}  // namespace pratique_operator::clouds
