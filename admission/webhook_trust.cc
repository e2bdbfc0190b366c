#include "admission/webhook_trust.h"

#include <nlohmann/json.hpp>

#include "admission/failpoints.h"
#include "base/base64.h"
#include "base/failpoint.h"
#include "base/log.h"

namespace admission {

using nlohmann::json;

Trust WebhookTrust::ensure(const std::string& bundle) {
  static const kubernetes::ResourceType kWebhookConfiguration{
      "admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false};
  if (settings_.webhook_configuration.empty() || bundle.empty()) return Trust::kNotOurs;
  const kubernetes::ObjectKey key{.ns = {}, .name = settings_.webhook_configuration};
  const std::optional<json> configuration = client_->get(kWebhookConfiguration, key);
  if (!configuration) return Trust::kNoConfiguration;
  json webhooks = configuration->value("webhooks", json::array());
  for (json& webhook : webhooks) {
    json& client_config = webhook["clientConfig"];
    client_config["caBundle"] = base::encode_base64(bundle);
    if (settings_.webhook_url.empty()) continue;
    client_config.erase("service");
    client_config["url"] = settings_.webhook_url;
  }
  if (webhooks == configuration->value("webhooks", json::array())) return Trust::kStands;
  // The list is replaced whole, so only the version that was read may be.
  const json patch{{"metadata", {{"resourceVersion", kubernetes::resource_version_of(*configuration)}}},
                   {"webhooks", std::move(webhooks)}};
  client_->merge_patch(kWebhookConfiguration, key, patch, "");
  base::failpoint(kTrustWritten);
  base::log(base::LogLevel::kInfo, "webhook configuration trusts our certificate",
            {{"configuration", settings_.webhook_configuration}});
  return Trust::kWritten;
}

}  // namespace admission
