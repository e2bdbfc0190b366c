// An API server in memory: objects, versions, conflicts, server-side apply, the status subresource and watches, each
// request for what it costs in simulated time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/simulation/simulated_time.h"
#include "kubernetes/api_client.h"

namespace bench::simulation {

// Requests that write are served one after the other: the disk of etcd is one.
struct ApiCosts {
  std::chrono::nanoseconds write{std::chrono::microseconds(3'450)};  // 290 a second, docs/scaling.md
  std::chrono::nanoseconds read{std::chrono::milliseconds(1)};
  std::chrono::nanoseconds watch_delay{std::chrono::milliseconds(5)};
};

// One write that changed something. Before or after is null for what was made or removed.
struct ApiChange {
  const kubernetes::ResourceType& type;
  kubernetes::ObjectKey key;
  const nlohmann::json* before;
  const nlohmann::json* after;
  std::size_t bytes;  // of the JSON that is told to who watches
  bool by_others;     // by put() or take_away(): people, controllers of Kubernetes
};

// What the server keeps of a kind, as JSON without managedFields.
struct Kept {
  std::size_t objects = 0;
  std::size_t bytes = 0;
};

// Knows nothing of schemas: a kind with "status" has it as a subresource. Requests are for processes of the simulated
// time, list() and watch() for the threads of reflectors before time begins to pass. What is watched is told, in order,
// by a process of its own, on which those who watch are called.
class SimulatedApi final : public kubernetes::ApiClient {
 public:
  SimulatedApi(SimulatedTime& time, ApiCosts costs);

  // Told of each write that changed something, while it is made: must not call back.
  void on_change(std::function<void(const ApiChange& change)> told) { told_ = std::move(told); }
  // Told of each request to write, whether it changed something or was refused: by kind and verb.
  void on_write(std::function<void(const kubernetes::ResourceType& type, const char* verb)> told) {
    told_of_writes_ = std::move(told);
  }

  // Others' writes, which take no time: an object as it is, its status included.
  void put(const kubernetes::ResourceType& type, nlohmann::json object);
  void take_away(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key);

  // Null: it is not there.
  [[nodiscard]] const nlohmann::json* find(const kubernetes::ResourceType& type,
                                           const kubernetes::ObjectKey& key) const;
  // In the order of their keys, of all namespaces or of one.
  void for_each(const kubernetes::ResourceType& type, const std::function<void(const nlohmann::json& object)>& use,
                const std::string& ns = {}) const;
  [[nodiscard]] Kept kept(const kubernetes::ResourceType& type) const;
  // Waits, in real time, until so many kinds are watched.
  void wait_for_watches(std::size_t count);

  std::optional<nlohmann::json> get(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key) override;
  std::string list(const kubernetes::ResourceType& type, const kubernetes::ListOptions& options,
                   const std::function<void(nlohmann::json item)>& on_item, const std::function<void()>& on_restart,
                   std::stop_token stop) override;
  nlohmann::json create(const kubernetes::ResourceType& type, const nlohmann::json& object) override;
  // Nobody's need here: throws ApiError.
  nlohmann::json create_subresource(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key,
                                    const std::string& subresource, const nlohmann::json& object) override;
  nlohmann::json replace(const kubernetes::ResourceType& type, const nlohmann::json& object,
                         const std::string& subresource) override;
  nlohmann::json apply(const kubernetes::ResourceType& type, const nlohmann::json& object,
                       const kubernetes::ApplyOptions& options) override;
  nlohmann::json merge_patch(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key,
                             const nlohmann::json& patch, const std::string& subresource) override;
  bool remove(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key,
              const std::string& resource_version) override;
  void watch(const kubernetes::ResourceType& type, const kubernetes::WatchOptions& options,
             const std::function<bool(kubernetes::WatchEvent)>& on_event, std::stop_token stop) override;

 private:
  struct Stored {
    nlohmann::json object;
    std::size_t bytes = 0;
    std::map<std::string, nlohmann::json> applied;  // by manager and subresource
  };
  struct Kind {
    kubernetes::ResourceType type;
    std::map<kubernetes::ObjectKey, Stored> objects;
    std::size_t bytes = 0;
  };
  struct Delivery {
    base::SteadyTime due;
    std::string plural;
    kubernetes::WatchEvent event;
  };

  void pay(const kubernetes::ResourceType& type, const char* verb);
  [[nodiscard]] Kind& kind_of(const kubernetes::ResourceType& type);
  [[nodiscard]] Stored& existing(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key);
  nlohmann::json store(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key, nlohmann::json next,
                       bool by_others);
  void erase(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key, bool by_others);
  void announce(const ApiChange& change);
  void deliver(const std::stop_token& stop);

  SimulatedTime& time_;
  const ApiCosts costs_;
  base::SteadyTime free_at_{};  // when the next write is begun at the earliest
  std::uint64_t version_ = 0;
  std::function<void(const ApiChange&)> told_;
  std::function<void(const kubernetes::ResourceType&, const char*)> told_of_writes_;
  std::map<std::string, Kind> kinds_;  // by plural
  std::deque<Delivery> deliveries_;    // in the order of their times
  std::size_t place_ = 0;              // of deliveries_

  std::mutex mutex_;
  std::condition_variable_any watched_;
  std::map<std::string, const std::function<bool(kubernetes::WatchEvent)>*> watchers_;  // by plural; guarded by mutex_
};

}  // namespace bench::simulation
