// An API server's objects in memory, for tests of what the operator reads and writes. It keeps resource versions,
// generations, conflicts and the status subresource as the real one does; it knows nothing of schemas. Server-side
// apply is a merge patch that creates, but for the spec of an ImageReport, which is one value. Watches end at once:
// tests feed stores themselves, by feed().
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kubernetes/api_client.h"
#include "kubernetes/store.h"

namespace tests {

class MemoryApi final : public kubernetes::ApiClient {
 public:
  // One write, in order: "create imagereports/sha256-...", "replace shop/web status".
  [[nodiscard]] std::vector<std::string> writes() const;
  void forget_writes();

  // Puts an object as it is, without counting it as a write.
  void put(const kubernetes::ResourceType& type, nlohmann::json object);
  [[nodiscard]] nlohmann::json at(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key);
  [[nodiscard]] std::vector<nlohmann::json> all(const kubernetes::ResourceType& type);

  // Every write from now on fails with this status.
  void fail_writes(int status, std::string reason) {
    refuse([](const std::string& line) { return !line.starts_with("get "); }, status, std::move(reason));
  }
  // Every request from now on whose line (see writes(); "get secrets/shop/login") `matches` fails with this status.
  void refuse(std::function<bool(const std::string& line)> matches, int status, std::string reason);

  // Whether nobody answers: every request ends in a base::NetworkError.
  void be_away(bool away);

  // Brings the store up to date with all objects of the type.
  template <typename T>
  void feed(kubernetes::Store<T>& store, const kubernetes::ResourceType& type) {
    store.apply({.type = kubernetes::ObjectEventType::kInit, .object = nullptr});
    for (const nlohmann::json& object : all(type)) {
      store.apply({.type = kubernetes::ObjectEventType::kInitApply, .object = object});
    }
    store.apply({.type = kubernetes::ObjectEventType::kInitDone, .object = nullptr});
  }

  std::optional<nlohmann::json> get(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key) override;
  std::string list(const kubernetes::ResourceType& type, const kubernetes::ListOptions& options,
                   const std::function<void(nlohmann::json item)>& on_item, const std::function<void()>& on_restart,
                   std::stop_token stop) override;
  nlohmann::json create(const kubernetes::ResourceType& type, const nlohmann::json& object) override;
  // Only tokens of service accounts: "token of NAME for AUDIENCE".
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
  using Objects = std::map<std::pair<std::string, kubernetes::ObjectKey>, nlohmann::json>;

  void judge(const std::string& line) const;
  void note(const std::string& verb, const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key,
            const std::string& subresource);
  nlohmann::json& stored(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key);
  nlohmann::json touch(nlohmann::json& object);

  mutable std::mutex mutex_;
  Objects objects_;
  std::vector<std::string> writes_;
  int next_version_ = 1;
  bool is_away_ = false;
  std::function<bool(const std::string&)> refuses_;
  int refusal_status_ = 0;
  std::string refusal_reason_;
};

}  // namespace tests
