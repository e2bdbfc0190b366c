// An API server of one kind that has a history, on loopback without TLS: what is written gets the next version and is
// told on the watches. It forgets, lags behind, is restored from a backup, breaks its connections and refuses, as real
// ones do. Beside tests/support/fake_api_server.h, which has no memory and says what its script says.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kubernetes/config.h"
#include "net/http_server.h"

namespace tests {

// Thread-safe. Its objects are ConfigMaps of the namespace "shop" with one value each.
class VersionedApiServer {
 public:
  using Values = std::map<std::string, std::string>;  // by name

  // All that a server knows at one moment.
  struct Backup {
    int version = 0;
    std::map<std::string, nlohmann::json> objects;
  };
  // What has been asked for so far. A look is a list of one object.
  struct Counts {
    int lists = 0;
    int looks = 0;
    int watches = 0;
  };
  enum class Watches { kCut, kKept };

  VersionedApiServer();
  ~VersionedApiServer();

  void put(const std::string& name, const std::string& value);
  void remove(const std::string& name);
  // Something of another kind is written.
  void write_elsewhere();
  [[nodiscard]] Values values() const;
  [[nodiscard]] Backup backup() const;

  // What was before is forgotten: watches from an older version and the later pages of an older list get a 410.
  void compact();
  // The same, and each open watch is told so by an ERROR event.
  void compact_under_watches();
  // The state of then, versions included, and what came after has never been. Watches that are kept are silent until
  // the versions are past the one that they began from.
  void restore(const Backup& backup, Watches watches);
  // So many requests for lists from now on are answered by a replica that knows no more than this.
  void lag(Backup known, int lists);
  // So many requests from now on, of any kind, are refused.
  void refuse(int requests, net::ServerResponse response);

  void tell_bookmark();
  void cut_watches();
  // As the server's timeout does.
  void end_watches();
  // What is open stays open and brings nothing any more.
  void fall_silent();

  [[nodiscard]] std::shared_ptr<const kubernetes::Config> config() const;
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] std::size_t open_watches() const;

 private:
  struct Change {
    int version;
    std::string line;  // of a watch
  };
  struct OpenWatch {
    net::Responder responder;
    int after;  // it is told of greater versions alone
    bool silent = false;
  };

  void handle(const net::ServerRequest& request, net::Responder responder);
  [[nodiscard]] net::ServerResponse list(const net::ServerRequest& request);
  void watch(int after, net::Responder responder);
  void change(const std::string& type, nlohmann::json object);
  void tell(int version, const std::string& line);

  mutable std::mutex mutex_;
  // All guarded by mutex_.
  int version_ = 1;
  int compacted_ = 0;
  std::map<std::string, nlohmann::json> objects_;
  std::vector<Change> history_;
  std::map<int, std::vector<nlohmann::json>> listed_;  // what later pages are of
  std::list<OpenWatch> watches_;
  Backup lagging_;
  int lagging_lists_ = 0;
  net::ServerResponse refusal_;
  int refusals_ = 0;
  bool ending_ = false;
  Counts counts_;

  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace tests
