// Asks a running pratique-admission as the API server would, without the API server in between.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "net/http_client.h"

namespace tests {

class WebhookClient {
 public:
  // Trusts this authority alone.
  WebhookClient(int port, const std::string& authority_pem);

  // The `response` of the answer to the creation of a pod. Throws base::NetworkError.
  [[nodiscard]] nlohmann::json review(const nlohmann::json& pod) const;
  // Whether it is answered at all, and so its certificate is trusted.
  [[nodiscard]] bool answers() const;

 private:
  int port_;
  std::unique_ptr<net::HttpClient> client_;
};

// The number of this metric of a program; throws std::runtime_error where it has none.
[[nodiscard]] double metric_of(int metrics_port, const std::string& name);

}  // namespace tests
