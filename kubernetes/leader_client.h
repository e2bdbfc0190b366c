// The API as a leader has it: it reads as ever, and writes only while nobody else can hold its Lease.
#pragma once

#include <functional>
#include <utility>

#include "kubernetes/api_client.h"

namespace kubernetes {

// A process that was frozen goes on in the middle of its work. Its threads ask here before each write, and do not
// depend on which of them runs first. What was sent before it was frozen is for the API server to refuse. Thread-safe.
class LeaderClient final : public ApiClient {
 public:
  // Borrows `client`. `may_write` is LeaderElection::holds_lease(). Every verb that writes throws base::NetworkError
  // where it says no.
  LeaderClient(ApiClient& client, std::function<bool()> may_write)
      : client_(client), may_write_(std::move(may_write)) {}

  std::optional<nlohmann::json> get(const ResourceType& type, const ObjectKey& key) override;
  std::string list(const ResourceType& type, const ListOptions& options,
                   const std::function<void(nlohmann::json item)>& on_item, const std::function<void()>& on_restart,
                   std::stop_token stop) override;
  nlohmann::json create(const ResourceType& type, const nlohmann::json& object) override;
  nlohmann::json create_subresource(const ResourceType& type, const ObjectKey& key, const std::string& subresource,
                                    const nlohmann::json& object) override;
  nlohmann::json replace(const ResourceType& type, const nlohmann::json& object,
                         const std::string& subresource) override;
  nlohmann::json apply(const ResourceType& type, const nlohmann::json& object, const ApplyOptions& options) override;
  nlohmann::json merge_patch(const ResourceType& type, const ObjectKey& key, const nlohmann::json& patch,
                             const std::string& subresource) override;
  bool remove(const ResourceType& type, const ObjectKey& key, const std::string& resource_version) override;
  void watch(const ResourceType& type, const WatchOptions& options, const std::function<bool(WatchEvent)>& on_event,
             std::stop_token stop) override;

 private:
  // The client, to write `type` with.
  [[nodiscard]] ApiClient& writing(const ResourceType& type);

  ApiClient& client_;
  std::function<bool()> may_write_;
};

}  // namespace kubernetes
