// Google Cloud: a federated identity (STS token exchange), perhaps as a service account (IAM Credentials), lists the
// Docker repositories of a project's Artifact Registry. Each location is a host of its own.
#include <map>

#include "operator/clouds/cloud_api.h"

namespace pratique_operator::clouds {
namespace {

constexpr const char* kScope = "https://www.googleapis.com/auth/cloud-platform";
constexpr const char* kTokenUser = "oauth2accesstoken";
constexpr std::string_view kHostSuffix = "-docker.pkg.dev";
constexpr std::chrono::seconds kLifetimeDefault{3600};

std::string last_part(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

struct AccessToken {
  std::string text;
  base::SystemTime expires_at;
};

class GoogleAccount final : public CloudAccount {
 public:
  GoogleAccount(AccountSettings settings, const base::Clock& clock)
      : settings_(std::move(settings)),
        account_(*settings_.spec.google),
        artifacts_(endpoint_or(settings_.spec.endpoints.artifact_registry, "https://artifactregistry.googleapis.com") +
                   "/v1/projects/" + account_.project),
        api_(settings_.spec, clock),
        clock_(clock) {}

  std::vector<FoundRegistry> list(const std::stop_token& stop) override {
    const std::string token = access_token(stop).text;
    std::vector<FoundRegistry> found;
    for (const std::string& location : locations(token, stop)) {
      FoundRegistry registry{.server = location + std::string(kHostSuffix)};
      each_page("/locations/" + location + "/repositories", "repositories", token, stop,
                [&](const nlohmann::json& one) {
                  if (text_at(one, "format") != "DOCKER") return;
                  check_registries(registry.repositories.size() + 1);
                  registry.repositories.push_back(account_.project + "/" + last_part(text_at(one, "name")) + "/*");
                });
      if (!registry.repositories.empty()) found.push_back(std::move(registry));
      check_registries(found.size());
    }
    return found;
  }

  Pass pass_for(const std::string& server, const std::stop_token& stop) override {
    const bool is_googles = server.size() > kHostSuffix.size() && server.ends_with(kHostSuffix) &&
                            server.find_first_of(".:/@") == server.size() - kHostSuffix.size() + 7;
    if (!is_googles) {
      throw base::ConfigError(server + " is no host of Artifact Registry: it gets no credential of the project");
    }
    AccessToken token = access_token(stop);
    return {.credential = {.username = kTokenUser, .password = std::move(token.text), .identity_token = {}},
            .expires_at = token.expires_at};
  }

 private:
  std::vector<std::string> locations(const std::string& token, const std::stop_token& stop) {
    if (!account_.location.empty()) return {account_.location};
    std::vector<std::string> locations;
    each_page("/locations", "locations", token, stop, [&](const nlohmann::json& one) {
      const std::string location = text_at(one, "locationId");
      locations.push_back(location.empty() ? last_part(text_at(one, "name")) : location);
    });
    return locations;
  }

  void each_page(const std::string& path, const char* member, const std::string& token, const std::stop_token& stop,
                 const std::function<void(const nlohmann::json&)>& use) {
    std::string page_token;
    for (int pages = 1;; ++pages) {
      check_pages(pages);
      const std::string query =
          "?pageSize=1000" + (page_token.empty() ? "" : "&pageToken=" + net::percent_encode(page_token));
      const nlohmann::json answer = api_.json({.what = std::string("list of Artifact Registry's ") + member,
                                               .url = artifacts_ + path + query,
                                               .headers = bearer(token)},
                                              stop);
      for (const nlohmann::json& one : list_at(answer, member)) use(one);
      page_token = text_at(answer, "nextPageToken");
      if (page_token.empty()) return;
    }
  }

  AccessToken access_token(const std::stop_token& stop) {
    const std::string what = "token exchange at Google";
    if (!settings_.identity.token) throw LoginError(what + ": it needs a service account, and no Secret");
    const nlohmann::json question = {{"grantType", "urn:ietf:params:oauth:grant-type:token-exchange"},
                                     {"audience", "//iam.googleapis.com/" + account_.workload_identity_provider},
                                     {"scope", kScope},
                                     {"requestedTokenType", "urn:ietf:params:oauth:token-type:access_token"},
                                     {"subjectTokenType", "urn:ietf:params:oauth:token-type:jwt"},
                                     {"subjectToken", settings_.identity.token("https://iam.googleapis.com/" +
                                                                               account_.workload_identity_provider)}};
    const nlohmann::json answer =
        api_.login({.what = what,
                    .method = "POST",
                    .url = endpoint_or(settings_.spec.endpoints.sts, "https://sts.googleapis.com") + "/v1/token",
                    .headers = {{"Content-Type", "application/json"}},
                    .body = question.dump()},
                   stop);
    const std::string federated = required_text(answer, "access_token", what);
    if (!account_.service_account.empty()) return act_as_service_account(federated, stop);
    const auto seconds = answer.find("expires_in");
    const auto lifetime = seconds != answer.end() && seconds->is_number_unsigned()
                              ? std::chrono::seconds(std::min<std::uint64_t>(seconds->get<std::uint64_t>(), 86'400))
                              : kLifetimeDefault;
    return {.text = federated, .expires_at = clock_.system_now() + lifetime};
  }

  AccessToken act_as_service_account(const std::string& federated, const std::stop_token& stop) {
    const std::string what = "access token of " + account_.service_account;
    net::Headers headers = bearer(federated);
    headers["Content-Type"] = "application/json";
    const nlohmann::json answer = api_.login(
        {.what = what,
         .method = "POST",
         .url = endpoint_or(settings_.spec.endpoints.iam_credentials, "https://iamcredentials.googleapis.com") +
                "/v1/projects/-/serviceAccounts/" + account_.service_account + ":generateAccessToken",
         .headers = std::move(headers),
         .body = nlohmann::json{{"scope", {kScope}}}.dump()},
        stop);
    return {.text = required_text(answer, "accessToken", what),
            .expires_at =
                base::parse_rfc3339(text_at(answer, "expireTime")).value_or(clock_.system_now() + kLifetimeDefault)};
  }

  const AccountSettings settings_;
  const crds::GoogleAccount account_;
  const std::string artifacts_;
  const CloudApi api_;
  const base::Clock& clock_;
};

}  // namespace

std::unique_ptr<CloudAccount> make_google_account(AccountSettings settings, const base::Clock& clock) {
  return std::make_unique<GoogleAccount>(std::move(settings), clock);
}

}  // namespace pratique_operator::clouds
