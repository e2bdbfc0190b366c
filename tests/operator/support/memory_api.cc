#include "tests/operator/support/memory_api.h"

namespace tests {

using kubernetes::ApiError;
using kubernetes::ObjectKey;
using kubernetes::ResourceType;
using nlohmann::json;

std::vector<std::string> MemoryApi::writes() const {
  const std::lock_guard lock(mutex_);
  return writes_;
}

void MemoryApi::forget_writes() {
  const std::lock_guard lock(mutex_);
  writes_.clear();
}

void MemoryApi::put(const ResourceType& type, json object) {
  const std::lock_guard lock(mutex_);
  object["metadata"].emplace("generation", 1);
  object["metadata"].emplace("uid", "uid-" + std::to_string(next_version_));
  touch(object);
  const ObjectKey key = kubernetes::key_of(object);
  objects_[{type.plural, key}] = std::move(object);
}

json MemoryApi::at(const ResourceType& type, const ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find({type.plural, key});
  return found == objects_.end() ? json() : found->second;
}

std::vector<json> MemoryApi::all(const ResourceType& type) {
  const std::lock_guard lock(mutex_);
  std::vector<json> found;
  for (const auto& [place, object] : objects_) {
    if (place.first == type.plural) {
      found.push_back(object);
    }
  }
  return found;
}

void MemoryApi::refuse(std::function<bool(const std::string& line)> matches, int status, std::string reason) {
  const std::lock_guard lock(mutex_);
  refuses_ = std::move(matches);
  refusal_status_ = status;
  refusal_reason_ = std::move(reason);
}

void MemoryApi::be_away(bool away) {
  const std::lock_guard lock(mutex_);
  is_away_ = away;
}

// With the mutex held.
void MemoryApi::judge(const std::string& line) const {
  if (is_away_) {
    throw base::NetworkError(line + ": no answer");
  }
  if (refuses_ && refuses_(line)) {
    throw ApiError(line + ": " + refusal_reason_, refusal_status_, refusal_reason_, {});
  }
}

void MemoryApi::note(const std::string& verb, const ResourceType& type, const ObjectKey& key,
                     const std::string& subresource) {
  const std::string line = verb + " " + type.plural + "/" + key.text() + (subresource.empty() ? "" : " " + subresource);
  judge(line);
  writes_.push_back(line);
}

json& MemoryApi::stored(const ResourceType& type, const ObjectKey& key) {
  const auto found = objects_.find({type.plural, key});
  if (found == objects_.end()) {
    throw ApiError(key.text() + " not found", 404, "NotFound", {});
  }
  return found->second;
}

json MemoryApi::touch(json& object) {
  object["metadata"]["resourceVersion"] = std::to_string(next_version_++);
  return object;
}

std::optional<json> MemoryApi::get(const ResourceType& type, const ObjectKey& key) {
  {
    const std::lock_guard lock(mutex_);
    judge("get " + type.plural + "/" + key.text());
  }
  const json object = at(type, key);
  return object.is_null() ? std::nullopt : std::optional(object);
}

std::string MemoryApi::list(const ResourceType& type, const kubernetes::ListOptions& options,
                            const std::function<void(json item)>& on_item, const std::function<void()>&,
                            std::stop_token) {
  for (json& object : all(type)) {
    const bool is_elsewhere = !options.ns.empty() && kubernetes::key_of(object).ns != options.ns;
    if (!is_elsewhere) on_item(std::move(object));
  }
  return "1";
}

json MemoryApi::create(const ResourceType& type, const json& object) {
  const std::lock_guard lock(mutex_);
  const ObjectKey key = kubernetes::key_of(object);
  note("create", type, key, {});
  if (objects_.contains({type.plural, key})) {
    throw ApiError(key.text() + " exists", 409, "AlreadyExists", {});
  }
  json stored = object;
  stored.erase("status");
  stored["metadata"]["generation"] = 1;
  stored["metadata"]["uid"] = "uid-" + std::to_string(next_version_);
  return touch(objects_[{type.plural, key}] = std::move(stored));
}

nlohmann::json MemoryApi::create_subresource(const kubernetes::ResourceType& type, const kubernetes::ObjectKey& key,
                                             const std::string& subresource, const nlohmann::json& object) {
  const std::lock_guard lock(mutex_);
  judge("create " + type.plural + "/" + key.text() + "/" + subresource);
  const std::string audience = object.at("spec").at("audiences").at(0);
  return {{"status", {{"token", "token of " + key.name + " for " + audience}}}};
}

json MemoryApi::replace(const ResourceType& type, const json& object, const std::string& subresource) {
  const std::lock_guard lock(mutex_);
  const ObjectKey key = kubernetes::key_of(object);
  note("replace", type, key, subresource);
  json& current = stored(type, key);
  if (kubernetes::resource_version_of(object) != kubernetes::resource_version_of(current)) {
    throw ApiError(key.text() + " was modified", 409, "Conflict", {});
  }
  if (subresource == "status") {
    current["status"] = object.value("status", json::object());
    return touch(current);
  }
  const json status = current.value("status", json());
  const json metadata = current.at("metadata");
  const bool changed = current.value("spec", json()) != object.value("spec", json());
  current = object;
  current["metadata"]["uid"] = metadata.at("uid");
  current["metadata"]["generation"] = metadata.at("generation").get<int>() + (changed ? 1 : 0);
  current.erase("status");
  if (!status.is_null()) {
    current["status"] = status;
  }
  return touch(current);
}

json MemoryApi::apply(const ResourceType& type, const json& object, const kubernetes::ApplyOptions& options) {
  const std::lock_guard lock(mutex_);
  const ObjectKey key = kubernetes::key_of(object);
  note("apply", type, key, options.subresource);
  const auto place = std::pair(type.plural, key);
  const bool is_new = !objects_.contains(place);
  json& current = objects_[place];
  const json spec = current.is_object() ? current.value("spec", json()) : json();
  // An ImageReport's spec is one value: x-kubernetes-map-type is atomic.
  if (!is_new && type.kind == "ImageReport") current.erase("spec");
  current.merge_patch(object);
  if (is_new) {
    current["metadata"]["uid"] = "uid-" + std::to_string(next_version_);
    current["metadata"]["generation"] = 1;
  } else if (current.value("spec", json()) != spec) {
    current["metadata"]["generation"] = current["metadata"].value("generation", 1) + 1;
  }
  return touch(current);
}

json MemoryApi::merge_patch(const ResourceType& type, const ObjectKey& key, const json& patch,
                            const std::string& subresource) {
  const std::lock_guard lock(mutex_);
  note("patch", type, key, subresource);
  json& current = stored(type, key);
  const std::string wanted = kubernetes::resource_version_of(patch);
  if (!wanted.empty() && wanted != kubernetes::resource_version_of(current)) {
    throw ApiError(key.text() + " was modified", 409, "Conflict", {});
  }
  current.merge_patch(patch);
  return touch(current);
}

bool MemoryApi::remove(const ResourceType& type, const ObjectKey& key, const std::string& resource_version) {
  const std::lock_guard lock(mutex_);
  note("remove", type, key, {});
  const auto found = objects_.find({type.plural, key});
  if (found == objects_.end()) {
    return false;
  }
  if (!resource_version.empty() && resource_version != kubernetes::resource_version_of(found->second)) {
    throw ApiError(key.text() + " was modified", 409, "Conflict", {});
  }
  objects_.erase(found);
  return true;
}

void MemoryApi::watch(const ResourceType&, const kubernetes::WatchOptions&,
                      const std::function<bool(kubernetes::WatchEvent)>&, std::stop_token) {}

}  // namespace tests
