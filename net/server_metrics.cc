#include "net/server_metrics.h"

#include <utility>

namespace net {
namespace {

constexpr const char* kResponses = "http_server_responses_total";
constexpr const char* kOverloaded = "http_server_overloaded_total";
constexpr const char* kConnections = "http_server_connections";
constexpr const char* kInFlight = "http_server_requests_in_flight";

}  // namespace

ServerMetrics::ServerMetrics(std::string server, Metrics& metrics) : server_(std::move(server)), metrics_(metrics) {
  metrics_.describe(kResponses, "Answers by the class of their HTTP status.");
  metrics_.describe(kOverloaded, "Requests refused because too many were in flight.");
  metrics_.describe(kConnections, "Open connections.");
  metrics_.describe(kInFlight, "Requests that are not answered yet.");
}

void ServerMetrics::publish(const ServerCounts& counts) {
  for (std::size_t i = 0; i < counts.answers.size(); ++i) {
    const std::uint64_t more = counts.answers[i] - published_.answers[i];
    if (more == 0) continue;
    metrics_.add(kResponses, {{"server", server_}, {"code", std::to_string(i + 1) + "xx"}}, static_cast<double>(more));
  }
  metrics_.add(kOverloaded, {{"server", server_}}, static_cast<double>(counts.overloaded - published_.overloaded));
  metrics_.set(kConnections, {{"server", server_}}, static_cast<double>(counts.connections));
  metrics_.set(kInFlight, {{"server", server_}}, static_cast<double>(counts.requests_in_flight));
  published_ = counts;
}

}  // namespace net
