// AWS: a role that a service account assumes (STS AssumeRoleWithWebIdentity), or a user's keys, asks ECR of one region:
// whether its repositories may be described, and for an authorization token.
#include "base/base64.h"
#include "operator/clouds/aws_signature.h"
#include "operator/clouds/cloud_api.h"

namespace pratique_operator::clouds {
namespace {

constexpr const char* kAudience = "sts.amazonaws.com";
constexpr const char* kTarget = "AmazonEC2ContainerRegistry_V20150921.";

class AwsAccount final : public CloudAccount {
 public:
  AwsAccount(AccountSettings settings, const base::Clock& clock)
      : settings_(std::move(settings)),
        account_(*settings_.spec.aws),
        domain_(account_.region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com"),
        api_(settings_.spec, clock),
        clock_(clock) {}

  // An account has one registry in a region, whether it holds anything or not.
  std::vector<FoundRegistry> list(const std::stop_token& stop) override {
    const nlohmann::json answer =
        ecr("DescribeRepositories", {{"registryId", account_.account}, {"maxResults", 1}}, keys(stop), stop);
    if (!answer.contains("repositories")) throw base::ParseError("list of ECR's repositories: the answer has none");
    return {{.server = server()}};
  }

  Pass pass_for(const std::string& server_name, const std::stop_token& stop) override {
    if (server_name != server()) {
      throw base::ConfigError(server_name + " is not the registry of account " + account_.account + " in " +
                              account_.region + ": it gets no credential of the account");
    }
    const std::string what = "authorization token of ECR";
    const nlohmann::json answer = ecr("GetAuthorizationToken", {{"registryIds", {account_.account}}}, keys(stop), stop);
    const nlohmann::json& all = list_at(answer, "authorizationData");
    if (all.empty()) throw base::ParseError(what + ": the answer has no \"authorizationData\"");
    const std::string pair =
        base::decode_base64(required_text(all.front(), "authorizationToken", what)).value_or(std::string());
    const std::size_t colon = pair.find(':');
    if (colon == std::string::npos) throw base::ParseError(what + ": it is no user and password in base64");
    return {.credential = {.username = pair.substr(0, colon), .password = pair.substr(colon + 1), .identity_token = {}},
            .expires_at = expiry_of(all.front())};
  }

 private:
  [[nodiscard]] std::string server() const { return account_.account + ".dkr.ecr." + account_.region + domain_; }

  // Seconds since 1970, with a fraction; twelve hours where it says none.
  [[nodiscard]] base::SystemTime expiry_of(const nlohmann::json& data) const {
    constexpr double kSecondsMax = 1e10;
    const auto found = data.find("expiresAt");
    const double seconds = found != data.end() && found->is_number() ? found->get<double>() : 0;
    if (!(seconds > 0 && seconds < kSecondsMax)) return clock_.system_now() + std::chrono::hours(12);
    return base::SystemTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
  }

  AwsKeys keys(const std::stop_token& stop) {
    if (!settings_.identity.token) {
      const auto value = [&](const char* key) {
        const auto found = settings_.identity.secret.find(key);
        if (found == settings_.identity.secret.end()) throw LoginError(std::string("the Secret has no key ") + key);
        return found->second;
      };
      return {
          .access_key_id = value("accessKeyID"), .secret_access_key = value("secretAccessKey"), .session_token = {}};
    }
    const std::string what = "AssumeRoleWithWebIdentity at AWS";
    const nlohmann::json answer =
        api_.login({.what = what,
                    .method = "POST",
                    .url = endpoint_or(settings_.spec.endpoints.sts, "https://sts." + account_.region + domain_) + "/",
                    .headers = {{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}},
                    .body = encode_form({{"Action", "AssumeRoleWithWebIdentity"},
                                         {"Version", "2011-06-15"},
                                         {"RoleArn", account_.role_arn},
                                         {"RoleSessionName", "pratique"},
                                         {"WebIdentityToken", settings_.identity.token(kAudience)}})},
                   stop);
    const nlohmann::json& keys =
        object_at(object_at(object_at(answer, "AssumeRoleWithWebIdentityResponse"), "AssumeRoleWithWebIdentityResult"),
                  "Credentials");
    return {.access_key_id = required_text(keys, "AccessKeyId", what),
            .secret_access_key = required_text(keys, "SecretAccessKey", what),
            .session_token = required_text(keys, "SessionToken", what)};
  }

  nlohmann::json ecr(const std::string& action, const nlohmann::json& arguments, const AwsKeys& keys,
                     const std::stop_token& stop) {
    const std::string endpoint =
        endpoint_or(settings_.spec.endpoints.ecr, "https://api.ecr." + account_.region + domain_);
    const net::Url url = net::parse_url(endpoint);
    const bool has_own_port = url.port != 443;
    AwsRequest request{.method = "POST",
                       .host = has_own_port ? url.authority() : url.host,
                       .headers = {{"Content-Type", "application/x-amz-json-1.1"}, {"X-Amz-Target", kTarget + action}},
                       .body = arguments.dump(),
                       .region = account_.region,
                       .service = "ecr"};
    net::Headers headers = sign_aws_request(request, keys, clock_.system_now());
    headers.insert(request.headers.begin(), request.headers.end());
    return api_.json({.what = action + " at ECR",
                      .method = "POST",
                      .url = endpoint + "/",
                      .headers = std::move(headers),
                      .body = request.body},
                     stop);
  }

  const AccountSettings settings_;
  const crds::AwsAccount account_;
  const std::string domain_;
  const CloudApi api_;
  const base::Clock& clock_;
};

}  // namespace

std::unique_ptr<CloudAccount> make_aws_account(AccountSettings settings, const base::Clock& clock) {
  return std::make_unique<AwsAccount>(std::move(settings), clock);
}

}  // namespace pratique_operator::clouds
