// Harbor 2: a robot account lists the projects; all of them are on one host.
#include "base/base64.h"
#include "net/json.h"
#include "operator/clouds/cloud_api.h"

namespace pratique_operator::clouds {
namespace {

constexpr std::size_t kPageSize = 100;
// A robot's secret does not change; it is read again this often.
constexpr std::chrono::hours kPassLifetime{1};

class HarborAccount final : public CloudAccount {
 public:
  HarborAccount(AccountSettings settings, const base::Clock& clock)
      : settings_(std::move(settings)),
        url_(endpoint_or(settings_.spec.harbor->url, "")),
        api_(settings_.spec, clock),
        clock_(clock) {}

  std::vector<FoundRegistry> list(const std::stop_token& stop) override {
    const registry::Credential robot = credential();
    const std::string basic = "Basic " + base::encode_base64(robot.username + ":" + robot.password);
    FoundRegistry found{.server = server()};
    for (int page = 1;; ++page) {
      check_pages(page);
      const net::HttpResponse answer = api_.send(
          {.what = "list of Harbor's projects",
           .url = url_ + "/api/v2.0/projects?page=" + std::to_string(page) + "&page_size=" + std::to_string(kPageSize),
           .headers = {{"Authorization", basic}, {"Accept", "application/json"}}},
          stop);
      const nlohmann::json projects = net::parse_json_bounded(answer.body, "list of Harbor's projects");
      if (!projects.is_array()) throw base::ParseError("list of Harbor's projects: the answer is no list");
      for (const nlohmann::json& project : projects) {
        const std::string name = text_at(project, "name");
        if (!name.empty()) found.repositories.push_back(name + "/*");
        check_registries(found.repositories.size());
      }
      if (projects.size() < kPageSize) break;
    }
    return found.repositories.empty() ? std::vector<FoundRegistry>() : std::vector<FoundRegistry>{found};
  }

  Pass pass_for(const std::string& server_name, const std::stop_token& /*stop*/) override {
    if (server_name != server()) {
      throw base::ConfigError(server_name + " is not the Harbor at " + url_ + ": it gets no credential of it");
    }
    return {.credential = credential(), .expires_at = clock_.system_now() + kPassLifetime};
  }

 private:
  // As it stands in references: without the port that everybody knows.
  [[nodiscard]] std::string server() const {
    const net::Url url = net::parse_url(url_);
    return url.port == 443 ? url.host : url.authority();
  }

  [[nodiscard]] registry::Credential credential() const {
    const auto value = [&](const char* key) {
      const auto found = settings_.identity.secret.find(key);
      if (found == settings_.identity.secret.end()) throw LoginError(std::string("the Secret has no key ") + key);
      return found->second;
    };
    return {.username = value("username"), .password = value("password"), .identity_token = {}};
  }

  const AccountSettings settings_;
  const std::string url_;
  const CloudApi api_;
  const base::Clock& clock_;
};

}  // namespace

std::unique_ptr<CloudAccount> make_harbor_account(AccountSettings settings, const base::Clock& clock) {
  return std::make_unique<HarborAccount>(std::move(settings), clock);
}

}  // namespace pratique_operator::clouds
