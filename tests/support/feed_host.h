// A web server on loopback that publishes feeds: it knows conditional requests, and can be told to fail.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "net/http_server.h"

namespace tests {

class FeedHost {
 public:
  FeedHost();
  ~FeedHost();
  FeedHost(const FeedHost&) = delete;
  FeedHost& operator=(const FeedHost&) = delete;

  // "127.0.0.1:port"
  [[nodiscard]] std::string host() const;
  [[nodiscard]] std::string url(const std::string& path) const { return "http://" + host() + path; }

  // With an ETag where one is given.
  void publish(const std::string& path, const std::string& content, const std::string& etag = {});
  // Where requests for this path are led.
  void redirect(const std::string& path, const std::string& location);
  enum class Fault { kUnavailable, kCut };
  // What happens to the next requests, one after the other.
  void fail(std::deque<Fault> faults);

  struct Seen {
    std::string path;
    std::string if_none_match;
    int status = 0;  // of the answer; 0: it was cut
  };
  [[nodiscard]] std::vector<Seen> seen() const;

 private:
  struct Feed {
    std::string content;
    std::string etag;
    std::string location;
  };
  struct State {
    std::map<std::string, Feed> feeds;
    std::deque<Fault> faults;
    std::vector<Seen> seen;
  };
  void answer(const net::ServerRequest& request, net::Responder responder);

  base::Guarded<State> state_;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace tests
