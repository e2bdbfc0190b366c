// The network listener for registry events: TLS, small bodies, and no certificate that has to exist beforehand.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "net/certificates.h"
#include "net/http_server.h"
#include "net/metrics.h"
#include "operator/push_events/push_event_handler.h"

namespace pratique_operator {

struct EventReceiverSettings {
  std::string address;
  int port = 0;
  std::string tls_dir;  // tls.crt and tls.key; empty: set_certificate() says
};

class EventReceiver {
 public:
  // Borrows `requests`, `metrics` and `clock`. Throws base::NetworkError when the port is taken, base::ConfigError for
  // unusable files in tls_dir. Without tls_dir it answers with a certificate of its own until set_certificate().
  EventReceiver(const EventReceiverSettings& settings, push_events::ScanRequests& requests, net::Metrics& metrics,
                const base::Clock& clock);

  [[nodiscard]] int port() const { return server_->port(); }
  // A leaf of the operator's authority; ignored where tls_dir names files. Thread-safe.
  void set_certificate(const net::KeyPair& leaf);
  void stop(std::chrono::milliseconds grace) { server_->stop(grace); }

 private:
  bool own_certificate_;
  push_events::PushEventHandler handler_;
  std::unique_ptr<net::HttpServer> server_;  // last: it calls the handler
};

}  // namespace pratique_operator
