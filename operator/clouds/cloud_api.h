// Requests to a cloud's JSON APIs. Private to the folder.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "net/http_client.h"
#include "net/json.h"
#include "net/url_policy.h"
#include "operator/clouds/cloud_account.h"

namespace pratique_operator::clouds {

using net::list_at;
using net::object_at;
using net::text_at;

// Bounds of what an account may hold and answer.
inline constexpr std::size_t kAnswerBytesMax = 8 << 20;
inline constexpr int kPagesMax = 1'000;
inline constexpr std::size_t kRegistriesMax = 1'000;

using Form = std::vector<std::pair<std::string, std::string>>;

class CloudApi {
 public:
  // Endpoints that the spec names may have private addresses; nothing else may. `clock` must outlive it.
  CloudApi(const crds::RegistryProviderSpec& spec, const base::Clock& clock);

  struct Call {
    std::string what;  // for errors: "list of Azure's registries"
    std::string method = "GET";
    std::string url;
    net::Headers headers{};
    std::string body{};
  };
  // The JSON object that a 2xx answer holds. Throws base::HttpError with what the API says for any other: 429, and how
  // long to wait where it says so, when we asked too often.
  [[nodiscard]] nlohmann::json json(const Call& call, const std::stop_token& stop) const;
  // The same where a refusal means that we are not let in: LoginError.
  [[nodiscard]] nlohmann::json login(const Call& call, const std::stop_token& stop) const;
  // The whole answer.
  [[nodiscard]] net::HttpResponse send(const Call& call, const std::stop_token& stop) const;

 private:
  const base::Clock& clock_;
  net::UrlPolicy policy_;
  std::unique_ptr<net::HttpClient> http_;
};

// application/x-www-form-urlencoded
[[nodiscard]] std::string encode_form(const Form& form);
[[nodiscard]] net::Headers bearer(const std::string& token);

// Throws base::ParseError where the object has no such text.
[[nodiscard]] std::string required_text(const nlohmann::json& object, const char* name, const std::string& what);

// The endpoint that the spec names, else the cloud's own; without a slash at its end.
[[nodiscard]] std::string endpoint_or(const std::string& named, const std::string& own);
// Where a page says that the next one is: the same host alone, for it gets the token too. Throws base::ParseError.
[[nodiscard]] std::string next_page(const std::string& page, const std::string& next);

// Both throw base::LimitExceeded: an account that is not read to its end would have registries that nobody covers.
void check_registries(std::size_t count);
void check_pages(int pages);

[[nodiscard]] std::unique_ptr<CloudAccount> make_azure_account(AccountSettings settings, const base::Clock& clock);
[[nodiscard]] std::unique_ptr<CloudAccount> make_aws_account(AccountSettings settings, const base::Clock& clock);
[[nodiscard]] std::unique_ptr<CloudAccount> make_google_account(AccountSettings settings, const base::Clock& clock);
[[nodiscard]] std::unique_ptr<CloudAccount> make_harbor_account(AccountSettings settings, const base::Clock& clock);

}  // namespace pratique_operator::clouds
