// The listener for everything that faces a network (admission, events, scan service, metrics, health): Boost.Beast
// behind values. Every connection has deadlines, every message has bounds.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/http.h"

namespace net {

struct ServerRequest {
  std::string method;
  std::string target;  // path and query as sent
  Headers headers;
  std::string body;
  std::string peer;                     // numeric address
  std::string client_certificate_name;  // common name of the verified client certificate; empty without one
  // What the client showed of its own will (ServerTls::asks_for_client_certificate), its own certificate first. Its key
  // is proved, its issuer is not: net/certificates.h, trusts().
  std::string client_chain_pem{};

  [[nodiscard]] std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
};

struct ServerResponse {
  int status = 200;
  Headers headers{};
  std::string body{};
  std::string content_type = "application/json";
};

// Answers one request, once, now or later and from any thread; a continuation, so that a parked request costs no
// thread. Pieces may be sent before the end of the answer (chunked) with write(). Movable, not copyable; destroyed
// unanswered it answers 500.
class Responder {
 public:
  class Sink;  // the connection, in the server's .cc
  explicit Responder(std::shared_ptr<Sink> sink);
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();

  void respond(ServerResponse response);

  // A streamed answer: start() once, write() any number of times, end() once. write() blocks while the peer is slow
  // (at most the write deadline) and returns false when the connection is gone: then stop working for it.
  void start(int status, const Headers& headers);
  [[nodiscard]] bool write(std::string_view piece);
  void end();

  // Whether the peer has closed the connection meanwhile.
  [[nodiscard]] bool abandoned() const;
  // For a request that waits long: calls `call` once when the connection ends before the answer does, on a server
  // thread, or here and now where it has ended already. It may come while another thread answers, never after the
  // answer. Must not block; must not hold this responder.
  void when_abandoned(std::function<void()> call);

 private:
  std::shared_ptr<Sink> sink_;
};

// Runs on a server thread: answer at once or move the responder elsewhere, never block. What it throws becomes a 500
// that is logged and counted (one of the five places that catch).
using Handler = std::function<void(ServerRequest request, Responder responder)>;

struct ServerTls {
  std::string certificate_chain_pem;
  std::string key_pem;
  std::string client_ca_pem{};  // empty: client certificates are not required; else required and verified
  // Without client_ca_pem: a client may show a certificate of any authority, for the handler to judge.
  bool asks_for_client_certificate = false;
};

struct ServerLimits {
  std::size_t header_bytes_max = 16 << 10;
  std::size_t body_bytes_max = 8 << 20;
  std::size_t connections_max = 1024;
  std::size_t requests_in_flight_max = 256;  // beyond: 503 with Retry-After
  std::chrono::milliseconds handshake_timeout{5'000};
  std::chrono::milliseconds read_timeout{10'000};  // header and body of one request, once its first byte is there
  std::chrono::milliseconds idle_timeout{120'000};
  std::chrono::milliseconds write_timeout{10'000};
};

struct ServerSettings {
  std::string name;       // in logs: "admission"
  std::string address{};  // "0.0.0.0", "127.0.0.1"
  int port = 0;           // 0: the system's choice
  int threads = 1;
  ServerLimits limits{};
  std::shared_ptr<const ServerTls> tls{};  // null: plain HTTP
  // Makes room for `connections_max` connections at the start, in some 20 ms and 0.5 MiB: for who must be the same
  // after a storm of them as before.
  bool reserves_room = false;
};

// What a server has done and has in hand; totals since its start.
struct ServerCounts {
  std::size_t connections = 0;                // open now
  std::size_t requests_in_flight = 0;         // handed over and not answered yet
  std::uint64_t overloaded = 0;               // requests refused for the number in flight
  std::array<std::uint64_t, 5> answers = {};  // by status class: 1xx, 2xx, ... 5xx
};

// Listens from construction to stop(). Thread-safe.
class HttpServer {
 public:
  virtual ~HttpServer() = default;
  [[nodiscard]] virtual ServerCounts counts() const = 0;
  [[nodiscard]] virtual int port() const = 0;
  // New connections use this certificate from now on; old ones live on. Throws base::ConfigError for unusable PEM and
  // keeps the old one.
  virtual void set_tls(std::shared_ptr<const ServerTls> tls) = 0;
  // From now on each answer ends its connection, so that clients go elsewhere by themselves; new ones are still taken.
  virtual void retire_connections() = 0;
  // Closes the listener, lets requests in flight finish for at most `grace`, closes the rest and joins the threads.
  // Ends soon after the last answer: a connection that has no whole request yet gets a second.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

// Throws base::NetworkError when the port cannot be bound, base::ConfigError for unusable PEM.
[[nodiscard]] std::unique_ptr<HttpServer> make_http_server(const ServerSettings& settings, Handler handler);

}  // namespace net
