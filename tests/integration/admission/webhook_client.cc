#include "tests/integration/admission/webhook_client.h"

#include <stdexcept>

#include "base/error.h"

namespace tests {

using nlohmann::json;

WebhookClient::WebhookClient(int port, const std::string& authority_pem)
    : port_(port), client_(net::make_http_client({.tls = {.ca_bundle_pem = authority_pem}, .address_policy = {}})) {}

json WebhookClient::review(const json& pod) const {
  const json body{{"apiVersion", "admission.k8s.io/v1"},
                  {"kind", "AdmissionReview"},
                  {"request",
                   {{"uid", "705ab4f5-6393-11e8-b7cc-42010a800002"},
                    {"kind", {{"group", ""}, {"version", "v1"}, {"kind", "Pod"}}},
                    {"resource", {{"group", ""}, {"version", "v1"}, {"resource", "pods"}}},
                    {"operation", "CREATE"},
                    {"dryRun", true},
                    {"namespace", pod.at("metadata").at("namespace")},
                    {"userInfo", {{"username", "eve"}}},
                    {"object", pod}}}};
  net::HttpRequest request{.method = "POST",
                           .url = net::parse_url("https://127.0.0.1:" + std::to_string(port_) + "/validate")};
  request.headers["Content-Type"] = "application/json";
  request.body = body.dump();
  return json::parse(client_->send(request).body).at("response");
}

bool WebhookClient::answers() const {
  try {
    const net::HttpRequest request{.url = net::parse_url("https://127.0.0.1:" + std::to_string(port_) + "/validate")};
    return client_->send(request).status == 405;
  } catch (const base::NetworkError&) {
    return false;
  }
}

double metric_of(int metrics_port, const std::string& name) {
  const auto client = net::make_http_client({});
  const std::string url = "http://127.0.0.1:" + std::to_string(metrics_port) + "/metrics";
  const std::string text = client->send({.url = net::parse_url(url)}).body;
  const std::size_t line = text.find("\n" + name + " ");
  if (line == std::string::npos) throw std::runtime_error("there is no metric " + name + ":\n" + text);
  return std::stod(text.substr(line + name.size() + 2));
}

}  // namespace tests
