// An HTTP proxy in small: CONNECT for tunnels, absolute URLs for plain HTTP. It resolves names as a test says, so that
// it is seen who resolved them.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tests {

class ForwardProxy {
 public:
  // `ports` are the loopback ports that stand behind "host:port"; another host is answered with 502. `authorization`
  // is what Proxy-Authorization has to be; empty: nothing is asked for, else 407.
  explicit ForwardProxy(std::map<std::string, int> ports, std::string authorization = {});
  ~ForwardProxy();
  ForwardProxy(const ForwardProxy&) = delete;
  ForwardProxy& operator=(const ForwardProxy&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  // First lines of what was asked: "CONNECT registry.example:443 HTTP/1.1".
  [[nodiscard]] std::vector<std::string> asked() const;

 private:
  void accept_all();
  void serve(int client);
  [[nodiscard]] int connect_to(const std::string& authority) const;

  const std::map<std::string, int> ports_;
  const std::string authorization_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;     // guarded by mutex_
  std::vector<int> sockets_;           // guarded by mutex_; closed at the end
  std::vector<std::jthread> servers_;  // of the acceptor's thread; one a connection
  std::jthread acceptor_;
};

}  // namespace tests
