#include "bench/simulation/simulated_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "bench/simulation/server_side_apply.h"

namespace bench::simulation {

using kubernetes::ApiError;
using kubernetes::ObjectKey;
using kubernetes::ResourceType;
using nlohmann::json;

namespace {

// Whether the two have the same members, those aside that are called so.
bool same_but_for(const json& one, const json& other, std::initializer_list<std::string_view> names) {
  const auto counted = [&](const json& object) {
    return std::ranges::count_if(object.items(), [&](const auto& item) {
      return std::ranges::find(names, std::string_view(item.key())) == names.end();
    });
  };
  return counted(one) == counted(other) && std::ranges::all_of(one.items(), [&](const auto& item) {
           const auto found = other.find(item.key());
           return std::ranges::find(names, std::string_view(item.key())) != names.end() ||
                  (found != other.end() && *found == item.value());
         });
}

bool is_same(const json& before, const json& next) {
  return same_but_for(before, next, {"metadata"}) &&
         same_but_for(before.at("metadata"), next.at("metadata"), {"resourceVersion", "generation"});
}

// Whether it says something else than metadata and status.
bool means_something_else(const json& before, const json& next) {
  return !same_but_for(before, next, {"metadata", "status"});
}

void keep_status(json& next, const json& current) {
  next.erase("status");
  if (const auto status = current.find("status"); status != current.end()) next["status"] = *status;
}

void expect_version(const json& current, const std::string& version, const ObjectKey& key) {
  if (!version.empty() && version != kubernetes::resource_version_of(current)) {
    throw ApiError(key.text() + " was modified", 409, "Conflict", {});
  }
}

}  // namespace

SimulatedApi::SimulatedApi(SimulatedTime& time, ApiCosts costs) : time_(time), costs_(costs) {
  place_ = time_.add_place([this]() -> std::optional<base::SteadyTime> {
    return deliveries_.empty() ? std::nullopt : std::optional(deliveries_.front().due);
  });
  time_.add_process([this](const std::stop_token& stop) { deliver(stop); });
}

void SimulatedApi::put(const ResourceType& type, json object) {
  const ObjectKey key = kubernetes::key_of(object);
  static_cast<void>(store(type, key, std::move(object), true));
}

void SimulatedApi::take_away(const ResourceType& type, const ObjectKey& key) {
  erase(type, key, true);
}

const json* SimulatedApi::find(const ResourceType& type, const ObjectKey& key) const {
  const auto kind = kinds_.find(type.plural);
  if (kind == kinds_.end()) return nullptr;
  const auto found = kind->second.objects.find(key);
  return found == kind->second.objects.end() ? nullptr : &found->second.object;
}

void SimulatedApi::for_each(const ResourceType& type, const std::function<void(const json& object)>& use,
                            const std::string& ns) const {
  const auto kind = kinds_.find(type.plural);
  if (kind == kinds_.end()) return;
  const auto& objects = kind->second.objects;
  for (auto at = objects.lower_bound({.ns = ns, .name = {}}); at != objects.end(); ++at) {
    if (!ns.empty() && at->first.ns != ns) break;
    use(at->second.object);
  }
}

Kept SimulatedApi::kept(const ResourceType& type) const {
  const auto kind = kinds_.find(type.plural);
  return kind == kinds_.end() ? Kept{} : Kept{.objects = kind->second.objects.size(), .bytes = kind->second.bytes};
}

std::optional<json> SimulatedApi::get(const ResourceType& type, const ObjectKey& key) {
  time_.wait_for(costs_.read);
  const json* object = find(type, key);
  return object == nullptr ? std::nullopt : std::optional(*object);
}

json SimulatedApi::create(const ResourceType& type, const json& object) {
  pay(type, "create");
  const ObjectKey key = kubernetes::key_of(object);
  if (find(type, key) != nullptr) throw ApiError(key.text() + " exists", 409, "AlreadyExists", {});
  json next = object;
  next.erase("status");
  return store(type, key, std::move(next), false);
}

json SimulatedApi::create_subresource(const ResourceType& type, const ObjectKey& key, const std::string& subresource,
                                      const json&) {
  throw ApiError(type.plural + "/" + key.text() + "/" + subresource + " is not simulated", 404, "NotFound", {});
}

json SimulatedApi::replace(const ResourceType& type, const json& object, const std::string& subresource) {
  pay(type, "replace");
  const ObjectKey key = kubernetes::key_of(object);
  const json& current = existing(type, key).object;
  expect_version(current, kubernetes::resource_version_of(object), key);
  json next = subresource.empty() ? object : current;
  keep_status(next, subresource.empty() ? current : object);
  return store(type, key, std::move(next), false);
}

json SimulatedApi::apply(const ResourceType& type, const json& object, const kubernetes::ApplyOptions& options) {
  pay(type, "apply");
  const ObjectKey key = kubernetes::key_of(object);
  json next = object;
  if (options.subresource.empty()) {
    next.erase("status");
  } else {
    CHECK(find(type, key) != nullptr);
    next = {{options.subresource, object.at(options.subresource)}};
  }
  const json* current = find(type, key);
  json last;
  std::vector<json> others;
  const std::string manager = options.field_manager + "/" + options.subresource;
  if (current != nullptr) {
    for (const auto& [name, fields] : existing(type, key).applied) {
      if (name == manager) {
        last = fields;
      } else {
        others.push_back(fields);
      }
    }
  }
  json stored = store(type, key, applied(current == nullptr ? json() : *current, last, next, others), false);
  existing(type, key).applied[manager] = std::move(next);
  return stored;
}

json SimulatedApi::merge_patch(const ResourceType& type, const ObjectKey& key, const json& patch,
                               const std::string& subresource) {
  pay(type, "patch");
  const json& current = existing(type, key).object;
  expect_version(current, kubernetes::resource_version_of(patch), key);
  json next = current;
  next.merge_patch(patch);
  if (subresource.empty()) {
    keep_status(next, current);
  } else {
    json whole = current;
    keep_status(whole, next);
    next = std::move(whole);
  }
  return store(type, key, std::move(next), false);
}

bool SimulatedApi::remove(const ResourceType& type, const ObjectKey& key, const std::string& resource_version) {
  pay(type, "remove");
  const json* current = find(type, key);
  if (current == nullptr) return false;
  expect_version(*current, resource_version, key);
  erase(type, key, false);
  return true;
}

// The request waits for those before it, and then for itself.
void SimulatedApi::pay(const ResourceType& type, const char* verb) {
  if (told_of_writes_) told_of_writes_(type, verb);
  free_at_ = std::max(free_at_, time_.steady_now()) + costs_.write;
  time_.wait_until(free_at_);
}

SimulatedApi::Kind& SimulatedApi::kind_of(const ResourceType& type) {
  Kind& kind = kinds_[type.plural];
  kind.type = type;
  return kind;
}

SimulatedApi::Stored& SimulatedApi::existing(const ResourceType& type, const ObjectKey& key) {
  auto& objects = kind_of(type).objects;
  const auto found = objects.find(key);
  if (found == objects.end()) throw ApiError(key.text() + " not found", 404, "NotFound", {});
  return found->second;
}

// What is already so is not written again.
json SimulatedApi::store(const ResourceType& type, const ObjectKey& key, json next, bool by_others) {
  Kind& kind = kind_of(type);
  const bool is_new = !kind.objects.contains(key);
  Stored& stored = kind.objects[key];
  json& metadata = next["metadata"];
  if (is_new) {
    metadata["uid"] = fmt::format("00000000-0000-4000-8000-{:012}", version_);
    metadata["creationTimestamp"] = base::format_rfc3339(time_.system_now());
    metadata["generation"] = 1;
  } else {
    const json& known = stored.object.at("metadata");
    for (const char* name : {"uid", "creationTimestamp", "generation"}) metadata[name] = known.at(name);
    if (is_same(stored.object, next)) return stored.object;
    if (means_something_else(stored.object, next)) metadata["generation"] = known.at("generation").get<int>() + 1;
  }
  metadata["resourceVersion"] = std::to_string(++version_);
  const json before = std::exchange(stored.object, std::move(next));
  kind.bytes -= stored.bytes;
  stored.bytes = stored.object.dump().size();
  kind.bytes += stored.bytes;
  announce({.type = kind.type,
            .key = key,
            .before = is_new ? nullptr : &before,
            .after = &stored.object,
            .bytes = stored.bytes,
            .by_others = by_others});
  return stored.object;
}

void SimulatedApi::erase(const ResourceType& type, const ObjectKey& key, bool by_others) {
  Kind& kind = kind_of(type);
  const auto found = kind.objects.find(key);
  CHECK(found != kind.objects.end());
  json before = std::move(found->second.object);
  const std::size_t bytes = found->second.bytes;
  kind.bytes -= bytes;
  kind.objects.erase(found);
  // A deletion is a version of its own.
  before["metadata"]["resourceVersion"] = std::to_string(++version_);
  announce(
      {.type = kind.type, .key = key, .before = &before, .after = nullptr, .bytes = bytes, .by_others = by_others});
}

void SimulatedApi::announce(const ApiChange& change) {
  if (told_) told_(change);
  {
    const std::lock_guard lock(mutex_);
    if (!watchers_.contains(change.type.plural)) return;
  }
  const auto event = change.before == nullptr  ? kubernetes::WatchEventType::kAdded
                     : change.after == nullptr ? kubernetes::WatchEventType::kDeleted
                                               : kubernetes::WatchEventType::kModified;
  deliveries_.push_back({.due = time_.steady_now() + costs_.watch_delay,
                         .plural = change.type.plural,
                         .event = {.type = event, .object = change.after == nullptr ? *change.before : *change.after}});
}

void SimulatedApi::deliver(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    while (!deliveries_.empty() && deliveries_.front().due <= time_.steady_now()) {
      Delivery delivery = std::move(deliveries_.front());
      deliveries_.pop_front();
      const std::lock_guard lock(mutex_);
      const auto watcher = watchers_.find(delivery.plural);
      if (watcher != watchers_.end()) static_cast<void>((*watcher->second)(std::move(delivery.event)));
    }
    time_.wait_at(place_);
  }
}

std::string SimulatedApi::list(const ResourceType& type, const kubernetes::ListOptions&,
                               const std::function<void(json item)>& on_item, const std::function<void()>&,
                               std::stop_token) {
  const std::lock_guard lock(mutex_);
  for_each(type, on_item);
  return std::to_string(version_);
}

// The reflector's thread rests here, and what it watches for is told by the process of the simulated time.
void SimulatedApi::watch(const ResourceType& type, const kubernetes::WatchOptions&,
                         const std::function<bool(kubernetes::WatchEvent)>& on_event, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  watchers_[type.plural] = &on_event;
  watched_.notify_all();
  watched_.wait(lock, stop, [] { return false; });
  watchers_.erase(type.plural);
}

void SimulatedApi::wait_for_watches(std::size_t count) {
  std::unique_lock lock(mutex_);
  watched_.wait(lock, [&] { return watchers_.size() >= count; });
}

}  // namespace bench::simulation
