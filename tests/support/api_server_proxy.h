// Stands between a program and the API server, and strikes the program down at a write of the test's choice: what was
// asked for and not done, or what was done and nobody was told.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "kubernetes/config.h"
#include "net/http_client.h"
#include "net/http_server.h"

namespace tests {

enum class Moment { kBeforeWrite, kAfterWrite };

// On loopback, without TLS; whoever asks is whom its token says. A thread a request: watches are few.
class ApiServerProxy {
 public:
  explicit ApiServerProxy(const std::shared_ptr<const kubernetes::Config>& upstream);
  ~ApiServerProxy();
  ApiServerProxy(const ApiServerProxy&) = delete;
  ApiServerProxy& operator=(const ApiServerProxy&) = delete;

  // One of the same account, by its token, that leads here. Writes `path` and returns it.
  [[nodiscard]] std::string kubeconfig_like(const std::string& original, const std::string& path) const;

  // SIGKILL for the process at the next write that is `line`: "POST findings", "PUT imagescans/status". Once.
  void arm(std::string line, Moment moment, pid_t process);
  // Whether that has happened.
  [[nodiscard]] bool struck() const;

 private:
  // One request that is under way, or has ended and is yet to be joined.
  struct Transfer {
    std::shared_ptr<std::atomic<bool>> ended = std::make_shared<std::atomic<bool>>(false);
    std::jthread thread;
  };

  struct Order {
    std::string line;
    Moment moment = Moment::kBeforeWrite;
    pid_t process = 0;
  };

  void accept(net::ServerRequest request, net::Responder responder);
  void forward(const net::ServerRequest& request, net::Responder responder, const std::stop_token& stop);
  [[nodiscard]] bool strike(const std::string& line, Moment moment);

  const net::Url upstream_;
  const std::unique_ptr<net::HttpClient> http_;
  mutable std::mutex mutex_;
  std::optional<Order> order_;  // guarded by mutex_; nullopt: carried out
  std::stop_source stop_;
  std::list<Transfer> transfers_;  // guarded by mutex_
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace tests
