// A server's counts as metrics: published now and then, so that a request costs none of the metrics' locks.
#pragma once

#include <string>

#include "net/http_server.h"
#include "net/metrics.h"

namespace net {

// Not thread-safe. Borrows the metrics.
class ServerMetrics {
 public:
  // `server` is the label of its samples: http_server_responses_total{server,code},
  // http_server_overloaded_total{server}, http_server_connections{server} and http_server_requests_in_flight{server}.
  ServerMetrics(std::string server, Metrics& metrics);

  // What came since the last call.
  void publish(const ServerCounts& counts);

 private:
  const std::string server_;
  Metrics& metrics_;
  ServerCounts published_;
};

}  // namespace net
