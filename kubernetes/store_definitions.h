// The bodies of Store's functions. For store.h alone.
#pragma once

#include <limits>
#include <mutex>

#include "kubernetes/store.h"

namespace kubernetes {

template <typename T>
Store<T>::Store(Decode decode, Callbacks callbacks, base::ColdFile* cold)
    : decode_(std::move(decode)), callbacks_(std::move(callbacks)), cold_(cold) {}

template <typename T>
typename Store<T>::Object Store<T>::get(const ObjectKey& key) const {
  Kept kept;
  {
    std::shared_lock lock(mutex_);
    const auto found = entries_.find(key);
    if (found != entries_.end()) kept = found->second.kept;
  }
  return kept.object();
}

template <typename T>
bool Store<T>::contains(const ObjectKey& key) const {
  std::shared_lock lock(mutex_);
  return entries_.contains(key);
}

template <typename T>
typename Store<T>::KeptObjects Store<T>::behind(const ObjectKey& after, const std::string& ns,
                                                std::size_t count_max) const {
  std::shared_lock lock(mutex_);
  KeptObjects found;
  for (auto at = entries_.upper_bound(after); at != entries_.end() && found.size() < count_max; ++at) {
    if (!ns.empty() && at->first.ns != ns) break;
    found.emplace_back(at->first, at->second.kept);
  }
  return found;
}

template <typename T>
typename Store<T>::KeptObjects Store<T>::all_of(const std::string& ns) const {
  return behind({.ns = ns, .name = {}}, ns, std::numeric_limits<std::size_t>::max());
}

template <typename T>
std::vector<std::pair<ObjectKey, std::shared_ptr<const T>>> Store<T>::list(const std::string& ns) const {
  std::vector<std::pair<ObjectKey, Object>> objects;
  for (auto& [key, kept] : all_of(ns)) objects.emplace_back(std::move(key), kept.object());
  return objects;
}

template <typename T>
std::vector<ObjectKey> Store<T>::keys(const std::string& ns) const {
  std::vector<ObjectKey> keys;
  for (auto& [key, kept] : all_of(ns)) keys.push_back(std::move(key));
  return keys;
}

template <typename T>
template <typename Use>
void Store<T>::for_each(Use&& use, const std::string& ns) const {
  ObjectKey after{.ns = ns, .name = {}};
  for (KeptObjects some = behind(after, ns, kHeldAtOnce); !some.empty(); some = behind(after, ns, kHeldAtOnce)) {
    for (const auto& [key, kept] : some) use(key, *kept.object());
    after = some.back().first;
  }
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

// Empty when the object cannot be decoded; the reason goes to `invalid` and to the callback.
template <typename T>
typename Store<T>::Kept Store<T>::decode(const ObjectKey& key, const nlohmann::json& object, Invalid& invalid) const {
  try {
    return Kept(decode_(object), cold_);
  } catch (const std::exception& error) {
    invalid[key] = error.what();
    if (callbacks_.on_invalid) callbacks_.on_invalid(key, error.what());
    return {};
  }
}

template <typename T>
void Store<T>::take_listed(const nlohmann::json& object) {
  ObjectKey key = key_of(object);
  std::string version = resource_version_of(object);
  const std::size_t content_hash = content_hash_of(object);
  // The writer may read its own entries without the lock. An unchanged object keeps its identity.
  const auto known = entries_.find(key);
  if (known != entries_.end() && known->second.resource_version == version &&
      known->second.content_hash == content_hash) {
    listed_.insert_or_assign(std::move(key), known->second);
    return;
  }
  Kept decoded = decode(key, object, listed_invalid_);
  if (decoded) listed_.insert_or_assign(std::move(key), Entry{std::move(decoded), std::move(version), content_hash});
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
    const Kept old_kept = old_entry == old_entries.end() ? Kept() : old_entry->second.kept;
    if (old_kept != entry.kept) tell({key, old_kept, entry.kept});
  }
  for (const auto& [key, entry] : old_entries) {
    if (!entries_.contains(key)) tell({key, entry.kept, {}});
  }
}

template <typename T>
void Store<T>::take_change(const nlohmann::json& object) {
  const ObjectKey key = key_of(object);
  Invalid invalid;
  Entry next{decode(key, object, invalid), resource_version_of(object), content_hash_of(object)};
  Change change{key, {}, next.kept};
  {
    std::unique_lock lock(mutex_);
    const auto known = entries_.find(key);
    if (known != entries_.end()) change.old_kept = known->second.kept;
    invalid_.erase(key);
    invalid_.merge(invalid);
    if (next.kept) {
      entries_.insert_or_assign(key, std::move(next));
    } else if (known != entries_.end()) {
      entries_.erase(known);
    }
  }
  if (change.old_kept || change.new_kept) tell(change);
}

template <typename T>
void Store<T>::take_deletion(const nlohmann::json& object) {
  const ObjectKey key = key_of(object);
  Change change{key, {}, {}};
  {
    std::unique_lock lock(mutex_);
    invalid_.erase(key);
    const auto known = entries_.find(key);
    if (known != entries_.end()) {
      change.old_kept = std::move(known->second.kept);
      entries_.erase(known);
    }
  }
  if (change.old_kept) tell(change);
}

template <typename T>
void Store<T>::tell(const Change& change) const {
  if (callbacks_.on_change) callbacks_.on_change(change.key, change.old_kept.object(), change.new_kept.object());
}

}  // namespace kubernetes
