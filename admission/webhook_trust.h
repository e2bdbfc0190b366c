// The caBundle of our own ValidatingWebhookConfiguration, by which the API server trusts us. What is deleted or
// overwritten is put back.
#pragma once

#include <memory>
#include <string>

#include "kubernetes/api_client.h"

namespace admission {

struct TrustSettings {
  std::string webhook_configuration;  // name of the ValidatingWebhookConfiguration; empty: others keep it
  std::string webhook_url;            // for a control plane outside the cluster; empty: reached through the Service
};

enum class Trust : std::uint8_t { kNotOurs, kNoConfiguration, kStands, kWritten };

class WebhookTrust {
 public:
  WebhookTrust(std::shared_ptr<kubernetes::ApiClient> client, TrustSettings settings)
      : client_(std::move(client)), settings_(std::move(settings)) {}

  // Puts the authorities into every webhook of the configuration where they are not already. An empty bundle is
  // nobody's to put. Throws base::Error.
  [[nodiscard]] Trust ensure(const std::string& bundle);

 private:
  const std::shared_ptr<kubernetes::ApiClient> client_;
  const TrustSettings settings_;
};

}  // namespace admission
