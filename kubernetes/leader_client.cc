#include "kubernetes/leader_client.h"

#include <utility>

namespace kubernetes {

using nlohmann::json;

ApiClient& LeaderClient::writing(const ResourceType& type) {
  if (!may_write_()) throw base::NetworkError("not written: " + type.plural + ": the Lease may be another's by now");
  return client_;
}

std::optional<json> LeaderClient::get(const ResourceType& type, const ObjectKey& key) {
  return client_.get(type, key);
}

std::string LeaderClient::list(const ResourceType& type, const ListOptions& options,
                               const std::function<void(json item)>& on_item, const std::function<void()>& on_restart,
                               std::stop_token stop) {
  return client_.list(type, options, on_item, on_restart, std::move(stop));
}

json LeaderClient::create(const ResourceType& type, const json& object) {
  return writing(type).create(type, object);
}

json LeaderClient::create_subresource(const ResourceType& type, const ObjectKey& key, const std::string& subresource,
                                      const json& object) {
  return writing(type).create_subresource(type, key, subresource, object);
}

json LeaderClient::replace(const ResourceType& type, const json& object, const std::string& subresource) {
  return writing(type).replace(type, object, subresource);
}

json LeaderClient::apply(const ResourceType& type, const json& object, const ApplyOptions& options) {
  return writing(type).apply(type, object, options);
}

json LeaderClient::merge_patch(const ResourceType& type, const ObjectKey& key, const json& patch,
                               const std::string& subresource) {
  return writing(type).merge_patch(type, key, patch, subresource);
}

bool LeaderClient::remove(const ResourceType& type, const ObjectKey& key, const std::string& resource_version) {
  return writing(type).remove(type, key, resource_version);
}

void LeaderClient::watch(const ResourceType& type, const WatchOptions& options,
                         const std::function<bool(WatchEvent)>& on_event, std::stop_token stop) {
  client_.watch(type, options, on_event, std::move(stop));
}

}  // namespace kubernetes
