// One accepted connection of the server. Private to the server's files, which alone include Boost.Beast and Asio.
//
// A connection lives on one worker: an io_context run by one thread, so its state needs no lock. Deadlines are a time
// in the connection that the worker's sweep looks at, which costs a request nothing where a timer per operation would.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

#include "net/http_server.h"
#include "net/responder_sink.h"

namespace net {

class HandshakeSteps;
class SocketStream;

// What all connections of a server share; it outlives them.
struct ServerCore {
  std::string name;
  ServerLimits limits;
  Handler handler;
  const std::shared_ptr<RequestCounters> counters = std::make_shared<RequestCounters>();
  std::atomic<std::size_t> connections = 0;
  std::atomic<bool> retiring = false;  // each answer is its connection's last
  std::atomic<bool> stopping = false;  // and there will be no other connection
};

class Connection {
 public:
  virtual ~Connection() = default;
  virtual void start() = 0;
  // The deadline is over.
  virtual void expire() = 0;
  // Closes when idle; else the answer under way, or that of a request that comes soon, is the last one.
  virtual void drain() = 0;
  virtual void close() = 0;

  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const { return deadline_; }
  // Between requests, or before the first.
  [[nodiscard]] bool is_idle() const { return is_idle_; }
  // Whether a whole request has come on it. Clients that work have one soon; who only holds connections has none.
  [[nodiscard]] bool has_asked() const { return has_asked_; }
  [[nodiscard]] std::chrono::steady_clock::time_point began_at() const { return began_at_; }

 protected:
  const std::chrono::steady_clock::time_point began_at_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  bool is_idle_ = false;
  bool has_asked_ = false;
};

// A thread's event loop and the connections that live on it. All but the constructor runs on that thread.
class Worker : public std::enable_shared_from_this<Worker> {
 public:
  explicit Worker(std::shared_ptr<ServerCore> core);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Before anything else: makes room for so many connections in what is never given back.
  void reserve(std::size_t connections);
  // Takes a stream of this worker's context.
  void adopt(std::unique_ptr<SocketStream> stream);
  void forget(const Connection* connection);
  void drain_all();
  void close_all();

  [[nodiscard]] boost::asio::io_context& context() { return context_; }
  [[nodiscard]] HandshakeSteps& handshakes() { return *handshakes_; }
  // Where a connection's bytes arrive, a TLS record of them at most, for it to take them before it returns to the loop:
  // who waits needs no buffer.
  [[nodiscard]] boost::asio::mutable_buffer input() { return boost::asio::buffer(input_); }

 private:
  // Whether there is room for one more connection, after closing one if need be.
  [[nodiscard]] bool make_room();
  // The oldest of those that have never asked anything, else the one that has been idle longest; null: all are at work.
  [[nodiscard]] std::shared_ptr<Connection> dispensable() const;
  void schedule_sweep();
  void sweep();
  // Gives the memory of a storm of connections back to the system once most of them have gone.
  void trim_heap();

  const std::shared_ptr<ServerCore> core_;
  boost::asio::io_context context_{1};
  const std::unique_ptr<HandshakeSteps> handshakes_;
  boost::asio::steady_timer sweep_timer_{context_};
  bool sweep_scheduled_ = false;
  std::array<char, 16 << 10> input_;
  std::unordered_map<const Connection*, std::shared_ptr<Connection>> connections_;
  std::size_t most_connections_ = 0;  // at once, since the heap was last trimmed
  bool storm_ = false;                // there were many, and there was no moment without any since
};

[[nodiscard]] std::shared_ptr<Connection> make_connection(std::unique_ptr<SocketStream> stream,
                                                          std::shared_ptr<ServerCore> core,
                                                          std::shared_ptr<Worker> worker);

}  // namespace net
