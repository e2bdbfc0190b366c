// An API server that does what a test's script says: one answer a request, in order, on loopback without TLS. A request
// beyond the script is held open, so that a watcher comes to rest there.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kubernetes/config.h"
#include "net/http_server.h"

namespace tests {

// How a scripted watch goes on after its lines: it ends as the server's timeout ends it, the connection breaks, or
// nothing comes any more.
enum class WatchEnd { kClosed, kCut, kSilent };

class FakeApiServer {
 public:
  FakeApiServer();
  ~FakeApiServer();

  // The script, in order.
  FakeApiServer& then(net::ServerResponse response);
  FakeApiServer& then_object(const nlohmann::json& object);
  FakeApiServer& then_list(const std::string& resource_version, const std::vector<nlohmann::json>& items,
                           const std::string& continue_token = {});
  // A metav1.Status.
  FakeApiServer& then_status(int code, const std::string& reason, const net::Headers& headers = {});
  // `bytes` are the raw lines.
  FakeApiServer& then_watch(std::string bytes, WatchEnd end);

  // Answers every request from now on, instead of the script. Runs on the server's thread.
  void answer_with(std::function<net::ServerResponse(const net::ServerRequest&)> answer);

  // What is held is answered with 500 or cut, and so is what comes beyond the script from now on.
  void release();

  [[nodiscard]] std::shared_ptr<const kubernetes::Config> config(const std::string& token = {}) const;
  // What has been asked so far.
  [[nodiscard]] std::vector<net::ServerRequest> requests() const;
  // Waits until so many requests have come, and returns them. Fewer after ten seconds.
  [[nodiscard]] std::vector<net::ServerRequest> wait_for_requests(std::size_t count) const;

 private:
  using Answer = std::function<void(net::Responder)>;

  void handle(net::ServerRequest request, net::Responder responder);

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::deque<Answer> script_;
  std::function<net::ServerResponse(const net::ServerRequest&)> answer_;
  std::vector<net::ServerRequest> requests_;
  std::vector<net::Responder> held_;
  bool released_ = false;
  std::unique_ptr<net::HttpServer> server_;
};

// An object with these metadata, as the API server would list it.
[[nodiscard]] nlohmann::json object_of(const std::string& name, const std::string& resource_version,
                                       const std::string& value = "1");
// A metav1.Status that says no.
[[nodiscard]] nlohmann::json status_of(int code, const std::string& reason);
// A line of a watch with its newline: {"type": type, "object": object}.
[[nodiscard]] std::string watch_line(const std::string& type, const nlohmann::json& object);
// An ERROR line with this status code.
[[nodiscard]] std::string error_line(int code, const std::string& reason);
[[nodiscard]] std::string bookmark_line(const std::string& resource_version);

}  // namespace tests
