// Stands between a program and the API server, and strikes the program down at a write of the test's choice: what was
// asked for and not done, or what was done and nobody was told. Or it freezes the program, and lets what it had written
// arrive late.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

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

  // SIGSTOP for the process at the next such write, which is held back until let_go(). Once.
  void freeze_at(std::string line, pid_t process);
  [[nodiscard]] bool frozen() const;
  void let_go();

  // One write, and what the API server answered to it.
  struct Write {
    std::string line;
    int status = 0;
  };
  // All that were answered, in that order.
  [[nodiscard]] std::vector<Write> writes() const;

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
    int signal = SIGKILL;
  };
  enum class Hold { kNone, kHeld, kLetGo };

  void accept(net::ServerRequest request, net::Responder responder);
  void forward(const net::ServerRequest& request, net::Responder responder, const std::stop_token& stop);
  [[nodiscard]] bool strike(const std::string& line, Moment moment);
  void hold_back(const std::string& line, const std::stop_token& stop);
  void note(const std::string& line, int status);

  const net::Url upstream_;
  const std::unique_ptr<net::HttpClient> http_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Order> order_;  // guarded by mutex_; nullopt: carried out
  Hold hold_ = Hold::kNone;     // guarded by mutex_
  std::vector<Write> writes_;   // guarded by mutex_
  std::stop_source stop_;
  std::list<Transfer> transfers_;  // guarded by mutex_
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace tests
