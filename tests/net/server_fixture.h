// What the tests of the server share: servers, questions in one call, and requests that are answered later.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/http_server.h"
#include "tests/net/raw_connection.h"

namespace net::testing {

inline void echo(ServerRequest request, Responder responder) {
  responder.respond({.body = request.method + " " + request.target + " " + request.body, .content_type = "text/plain"});
}

inline std::unique_ptr<HttpServer> start(Handler handler, ServerLimits limits = {}) {
  return make_http_server({.name = "test", .address = "127.0.0.1", .limits = limits}, std::move(handler));
}

inline std::string ask(int port, std::string_view request) {
  RawConnection connection(port);
  connection.send(request);
  return connection.read_all();
}

inline std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

inline constexpr std::string_view kGet = "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n";
inline constexpr std::string_view kGetAndClose = "GET /a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

// Keeps responders until the test answers them.
class Parking {
 public:
  Handler handler() {
    return [this](const ServerRequest&, Responder responder) {
      const std::lock_guard lock(mutex_);
      parked_.push_back(std::move(responder));
      arrived_.notify_one();
    };
  }
  // Waits for a request.
  Responder take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return !parked_.empty(); });
    Responder responder = std::move(parked_.back());
    parked_.pop_back();
    return responder;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Responder> parked_;
};

inline bool becomes_true(const std::function<bool()>& condition) {
  const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition() && std::chrono::steady_clock::now() < give_up_at) std::this_thread::yield();
  return condition();
}

// A server with one request that waits for its answer.
struct ParkedRequest {
  explicit ParkedRequest(std::string_view request, ServerLimits limits = {})
      : server(start(parking.handler(), limits)),
        connection(server->port()),
        responder((connection.send(request), parking.take())) {}

  Parking parking;
  std::unique_ptr<HttpServer> server;
  RawConnection connection;
  Responder responder;
};

}  // namespace net::testing
