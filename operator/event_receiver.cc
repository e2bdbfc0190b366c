#include "operator/event_receiver.h"

#include "base/file.h"
#include "operator/push_events/limits.h"

namespace pratique_operator {
namespace {

constexpr std::size_t kPemBytesMax = 1 << 20;
constexpr int kThreads = 2;

std::shared_ptr<const net::ServerTls> tls_of(const net::KeyPair& leaf) {
  return std::make_shared<const net::ServerTls>(net::ServerTls{.certificate_chain_pem = leaf.certificate_pem,
                                                               .key_pem = leaf.key_pem,
                                                               .client_ca_pem = {},
                                                               .asks_for_client_certificate = true});
}

net::KeyPair first_certificate(const std::string& tls_dir, const base::Clock& clock) {
  if (tls_dir.empty()) {
    return net::make_authority("pratique-operator", clock.system_now(), std::chrono::hours(24));
  }
  return {.certificate_pem = base::read_file(tls_dir + "/tls.crt", kPemBytesMax),
          .key_pem = base::read_file(tls_dir + "/tls.key", kPemBytesMax)};
}

net::ServerSettings server_settings(const EventReceiverSettings& settings, const net::KeyPair& certificate) {
  net::ServerSettings server{.name = "events",
                             .address = settings.address,
                             .port = settings.port,
                             .threads = kThreads,
                             .limits = {},
                             .tls = tls_of(certificate)};
  server.limits.body_bytes_max = push_events::kEventBodyBytesMax;
  return server;
}

}  // namespace

EventReceiver::EventReceiver(const EventReceiverSettings& settings, push_events::ScanRequests& requests,
                             net::Metrics& metrics, const base::Clock& clock)
    : own_certificate_(settings.tls_dir.empty()),
      handler_(requests, metrics, clock),
      server_(net::make_http_server(server_settings(settings, first_certificate(settings.tls_dir, clock)),
                                    [this](net::ServerRequest request, net::Responder responder) {
                                      handler_.handle(std::move(request), std::move(responder));
                                    })) {}

void EventReceiver::set_certificate(const net::KeyPair& leaf) {
  if (own_certificate_) {
    server_->set_tls(tls_of(leaf));
  }
}

}  // namespace pratique_operator
