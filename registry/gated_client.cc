#include "registry/gated_client.h"

#include <utility>

#include "registry/retry_after.h"

namespace registry {
namespace {

class GatedClient final : public net::HttpClient {
 public:
  GatedClient(std::unique_ptr<net::HttpClient> client, RequestGate& gate, std::string host, const base::Clock& clock)
      : client_(std::move(client)), gate_(gate), host_(std::move(host)), clock_(clock) {}

  net::HttpResponse send(const net::HttpRequest& request, std::stop_token stop) override {
    gate_.enter(host_);
    return told(client_->send(request, std::move(stop)));
  }

  net::HttpResponse stream(const net::HttpRequest& request, const net::OnHeaders& on_headers,
                           const net::OnBody& on_body, std::stop_token stop) override {
    gate_.enter(host_);
    return told(client_->stream(request, on_headers, on_body, std::move(stop)));
  }

 private:
  net::HttpResponse told(net::HttpResponse response) {
    gate_.answered(host_, response.status, parse_retry_after(response, clock_.system_now()));
    return response;
  }

  const std::unique_ptr<net::HttpClient> client_;
  RequestGate& gate_;
  const std::string host_;
  const base::Clock& clock_;
};

}  // namespace

std::unique_ptr<net::HttpClient> gated_client(std::unique_ptr<net::HttpClient> client, RequestGate* gate,
                                              std::string host, const base::Clock& clock) {
  if (gate == nullptr) return client;
  return std::make_unique<GatedClient>(std::move(client), *gate, std::move(host), clock);
}

}  // namespace registry
