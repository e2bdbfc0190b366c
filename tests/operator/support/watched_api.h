// An API server of which only lists and watches are asked: what a test puts into it arrives on the watches, in order.
#pragma once

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "kubernetes/api_client.h"

namespace tests {

// Thread-safe. Every list is empty: all that there is comes by the watches.
class WatchedApi final : public kubernetes::ApiClient {
 public:
  void put(const kubernetes::ResourceType& type, nlohmann::json object) {
    tell(type, kubernetes::WatchEventType::kModified, std::move(object));
  }
  void take_away(const kubernetes::ResourceType& type, nlohmann::json object) {
    tell(type, kubernetes::WatchEventType::kDeleted, std::move(object));
  }

  std::string list(const kubernetes::ResourceType&, const kubernetes::ListOptions&,
                   const std::function<void(nlohmann::json item)>&, const std::function<void()>&,
                   std::stop_token) override {
    return "0";
  }
  void watch(const kubernetes::ResourceType& type, const kubernetes::WatchOptions& options,
             const std::function<bool(kubernetes::WatchEvent)>& on_event, std::stop_token stop) override {
    std::size_t next = std::stoul(options.resource_version);
    while (!stop.stop_requested()) {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&] { return next < changes_.size(); })) {
        return;
      }
      const Change change = changes_[next++];
      lock.unlock();
      if (change.type == type && !on_event(change.event)) {
        return;
      }
    }
  }

  std::optional<nlohmann::json> get(const kubernetes::ResourceType&, const kubernetes::ObjectKey&) override {
    return std::nullopt;
  }
  nlohmann::json create(const kubernetes::ResourceType&, const nlohmann::json&) override { refuse(); }
  nlohmann::json create_subresource(const kubernetes::ResourceType&, const kubernetes::ObjectKey&, const std::string&,
                                    const nlohmann::json&) override {
    refuse();
  }
  nlohmann::json replace(const kubernetes::ResourceType&, const nlohmann::json&, const std::string&) override {
    refuse();
  }
  nlohmann::json apply(const kubernetes::ResourceType&, const nlohmann::json&,
                       const kubernetes::ApplyOptions&) override {
    refuse();
  }
  nlohmann::json merge_patch(const kubernetes::ResourceType&, const kubernetes::ObjectKey&, const nlohmann::json&,
                             const std::string&) override {
    refuse();
  }
  bool remove(const kubernetes::ResourceType&, const kubernetes::ObjectKey&, const std::string&) override { refuse(); }

 private:
  struct Change {
    kubernetes::ResourceType type;
    kubernetes::WatchEvent event;
  };

  void tell(const kubernetes::ResourceType& type, kubernetes::WatchEventType event, nlohmann::json object) {
    const std::lock_guard lock(mutex_);
    object["metadata"]["resourceVersion"] = std::to_string(changes_.size() + 1);
    changes_.push_back({.type = type, .event = {.type = event, .object = std::move(object)}});
    changed_.notify_all();
  }
  [[noreturn]] static void refuse() { throw base::NetworkError("this API server is only watched"); }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Change> changes_;  // guarded by mutex_
};

}  // namespace tests
