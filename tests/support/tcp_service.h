// A Service in small: TCP connections to one port go to the backends that are ready, in turn; those that are under way
// stay where they are. As kube-proxy does it, readiness is learnt a little late.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tests {

class TcpService {
 public:
  TcpService();
  ~TcpService();
  TcpService(const TcpService&) = delete;
  TcpService& operator=(const TcpService&) = delete;

  [[nodiscard]] int port() const { return port_; }

  // `is_ready` is asked five times a second on a thread of the service's own. Thread-safe, as is remove.
  void add(int port, std::function<bool()> is_ready);
  void remove(int port);
  // How a connection breaks: by its end, both ways; by a reset (RST); or nothing more comes of the backend's bytes.
  enum class Breaking { kEnd, kReset, kStall };
  struct Break {
    std::size_t after_bytes = 0;  // of the backend's
    Breaking how = Breaking::kEnd;
  };
  // Asked for each new connection; nullopt: it does not break.
  using Cut = std::function<std::optional<Break>()>;
  void cut(Cut cut);
  [[nodiscard]] std::size_t ready() const;

 private:
  struct Backend {
    int port;
    std::function<bool()> is_ready;
    bool ready = false;
  };

  void accept_all();
  void probe_all(const std::stop_token& stop);
  void serve(int client);
  [[nodiscard]] int choose();

  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  Cut cut_;                             // guarded by mutex_
  std::vector<Backend> backends_;       // protected by mutex_
  std::vector<std::jthread> carriers_;  // protected by mutex_; one for each direction of a connection
  std::vector<int> sockets_;            // protected by mutex_; all that were opened, closed at the end
  std::size_t next_ = 0;                // protected by mutex_
  std::jthread prober_;
  std::jthread acceptor_;
};

}  // namespace tests
