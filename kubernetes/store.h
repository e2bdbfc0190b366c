// What a watch has brought, decoded, for many readers: one writer (the watch), immutable objects, a list that is
// replaced whole.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "kubernetes/watcher.h"

namespace kubernetes {

// T is a slim struct of what its readers need. Objects are shared and never change; a change is a new object.
template <typename T>
class Store {
 public:
  using Object = std::shared_ptr<const T>;
  // Reads what is needed of an object; throws base::ParseError (or any std::exception) when it cannot.
  using Decode = std::function<T(const nlohmann::json&)>;
  // Called on the writer's thread after readers see the change, with no lock held. `old_object` is null for a new
  // object, `new_object` for a deleted one or one that cannot be decoded any more. After a relist it is called for
  // what differs alone. Must not throw.
  using OnChange = std::function<void(const ObjectKey& key, const Object& old_object, const Object& new_object)>;
  // An object that cannot be decoded: it is in invalid() until it is mended or deleted, and never in get() or list().
  using OnInvalid = std::function<void(const ObjectKey& key, const std::string& error)>;

  struct Callbacks {
    OnChange on_change;
    OnInvalid on_invalid;
  };

  explicit Store(Decode decode, Callbacks callbacks = {});

  // For readers, on any thread.
  [[nodiscard]] Object get(const ObjectKey& key) const;
  // In the order of their keys; an empty namespace means all.
  [[nodiscard]] std::vector<std::pair<ObjectKey, Object>> list(const std::string& ns = {}) const;
  // Calls `use(key, object)` for each with the reader's lock held: short work alone, and no other call of this store.
  template <typename Use>
  void for_each(Use&& use) const;
  [[nodiscard]] std::size_t size() const;
  // Objects that exist and cannot be decoded, with the reason. Never treat these as absent where absence allows.
  [[nodiscard]] std::map<ObjectKey, std::string> invalid() const;
  [[nodiscard]] bool is_invalid(const ObjectKey& key) const;
  // Whether one list has been taken in completely; stays true from then on.
  [[nodiscard]] bool synced() const;

  // For the writer alone.
  void apply(const ObjectEvent& event);

 private:
  struct Entry {
    Object object;
    std::string resource_version;
  };
  using Entries = std::map<ObjectKey, Entry>;
  using Invalid = std::map<ObjectKey, std::string>;
  struct Change {
    ObjectKey key;
    Object old_object;
    Object new_object;
  };

  [[nodiscard]] Object decode(const ObjectKey& key, const nlohmann::json& object, Invalid& invalid) const;
  void take_listed(const nlohmann::json& object);
  void swap_in_list();
  void take_change(const nlohmann::json& object);
  void take_deletion(const nlohmann::json& object);
  void tell(const Change& change) const;

  Decode decode_;
  Callbacks callbacks_;

  // Of the writer alone: the list that is being taken in.
  Entries listed_;
  Invalid listed_invalid_;

  // Protected by mutex_.
  mutable std::shared_mutex mutex_;
  Entries entries_;
  Invalid invalid_;
  bool synced_ = false;
};

template <typename T>
Store<T>::Store(Decode decode, Callbacks callbacks) : decode_(std::move(decode)), callbacks_(std::move(callbacks)) {}

template <typename T>
typename Store<T>::Object Store<T>::get(const ObjectKey& key) const {
  std::shared_lock lock(mutex_);
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : found->second.object;
}

template <typename T>
template <typename Use>
void Store<T>::for_each(Use&& use) const {
  std::shared_lock lock(mutex_);
  for (const auto& [key, entry] : entries_) use(key, *entry.object);
}

template <typename T>
std::vector<std::pair<ObjectKey, std::shared_ptr<const T>>> Store<T>::list(const std::string& ns) const {
  std::shared_lock lock(mutex_);
  std::vector<std::pair<ObjectKey, Object>> objects;
  for (auto at = entries_.lower_bound({.ns = ns, .name = {}}); at != entries_.end(); ++at) {
    if (!ns.empty() && at->first.ns != ns) break;
    objects.emplace_back(at->first, at->second.object);
  }
  return objects;
}

template <typename T>
std::size_t Store<T>::size() const {
  std::shared_lock lock(mutex_);
  return entries_.size();
}

template <typename T>
std::map<ObjectKey, std::string> Store<T>::invalid() const {
  std::shared_lock lock(mutex_);
  return invalid_;
}

template <typename T>
bool Store<T>::is_invalid(const ObjectKey& key) const {
  std::shared_lock lock(mutex_);
  return invalid_.contains(key);
}

template <typename T>
bool Store<T>::synced() const {
  std::shared_lock lock(mutex_);
  return synced_;
}

template <typename T>
void Store<T>::apply(const ObjectEvent& event) {
  switch (event.type) {
    case ObjectEventType::kInit:
      listed_.clear();
      listed_invalid_.clear();
      return;
    case ObjectEventType::kInitApply:
      return take_listed(event.object);
    case ObjectEventType::kInitDone:
      return swap_in_list();
    case ObjectEventType::kApply:
      return take_change(event.object);
    case ObjectEventType::kDelete:
      return take_deletion(event.object);
  }
}

// Null when the object cannot be decoded; the reason goes to `invalid` and to the callback.
template <typename T>
typename Store<T>::Object Store<T>::decode(const ObjectKey& key, const nlohmann::json& object, Invalid& invalid) const {
  try {
    return std::make_shared<const T>(decode_(object));
  } catch (const std::exception& error) {
    invalid[key] = error.what();
    if (callbacks_.on_invalid) callbacks_.on_invalid(key, error.what());
    return nullptr;
  }
}

template <typename T>
void Store<T>::take_listed(const nlohmann::json& object) {
  ObjectKey key = key_of(object);
  std::string version = resource_version_of(object);
  // The writer may read its own entries without the lock. An unchanged object keeps its identity.
  const auto known = entries_.find(key);
  if (known != entries_.end() && known->second.resource_version == version) {
    listed_.insert_or_assign(std::move(key), known->second);
    return;
  }
  Object decoded = decode(key, object, listed_invalid_);
  if (decoded) listed_.insert_or_assign(std::move(key), Entry{std::move(decoded), std::move(version)});
}

template <typename T>
void Store<T>::swap_in_list() {
  {
    std::unique_lock lock(mutex_);
    std::swap(entries_, listed_);
    std::swap(invalid_, listed_invalid_);
    synced_ = true;
  }
  const Entries old_entries = std::exchange(listed_, {});
  listed_invalid_.clear();
  for (const auto& [key, entry] : entries_) {
    const auto old_entry = old_entries.find(key);
    const Object old_object = old_entry == old_entries.end() ? nullptr : old_entry->second.object;
    if (old_object != entry.object) tell({key, old_object, entry.object});
  }
  for (const auto& [key, entry] : old_entries) {
    if (!entries_.contains(key)) tell({key, entry.object, nullptr});
  }
}

template <typename T>
void Store<T>::take_change(const nlohmann::json& object) {
  const ObjectKey key = key_of(object);
  Invalid invalid;
  Entry next{decode(key, object, invalid), resource_version_of(object)};
  Change change{key, nullptr, next.object};
  {
    std::unique_lock lock(mutex_);
    const auto known = entries_.find(key);
    if (known != entries_.end()) change.old_object = known->second.object;
    invalid_.erase(key);
    invalid_.merge(invalid);
    if (next.object) {
      entries_.insert_or_assign(key, std::move(next));
    } else if (known != entries_.end()) {
      entries_.erase(known);
    }
  }
  if (change.old_object || change.new_object) tell(change);
}

template <typename T>
void Store<T>::take_deletion(const nlohmann::json& object) {
  const ObjectKey key = key_of(object);
  Change change{key, nullptr, nullptr};
  {
    std::unique_lock lock(mutex_);
    invalid_.erase(key);
    const auto known = entries_.find(key);
    if (known != entries_.end()) {
      change.old_object = std::move(known->second.object);
      entries_.erase(known);
    }
  }
  if (change.old_object) tell(change);
}

template <typename T>
void Store<T>::tell(const Change& change) const {
  if (callbacks_.on_change) callbacks_.on_change(change.key, change.old_object, change.new_object);
}

}  // namespace kubernetes
