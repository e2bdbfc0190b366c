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

#include "kubernetes/kept_object.h"
#include "kubernetes/watcher.h"

namespace kubernetes {

// T is a slim struct of what its readers need. Objects are shared and never change; a change is a new object. Where T
// can be packed (kubernetes/kept_object.h) it is kept as bytes, and made anew for each reader.
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

  // `cold` is where the bytes of packed objects go, and is borrowed; null: they stay in memory.
  explicit Store(Decode decode, Callbacks callbacks = {}, base::ColdFile* cold = nullptr);

  // For readers, on any thread.
  [[nodiscard]] Object get(const ObjectKey& key) const;
  [[nodiscard]] bool contains(const ObjectKey& key) const;
  // In the order of their keys; an empty namespace means all.
  [[nodiscard]] std::vector<std::pair<ObjectKey, Object>> list(const std::string& ns = {}) const;
  [[nodiscard]] std::vector<ObjectKey> keys(const std::string& ns = {}) const;
  // Calls `use(key, object)` for each in that order, without a lock and without holding more than a few: what is there
  // from beginning to end is seen once, what comes or goes meanwhile may be.
  template <typename Use>
  void for_each(Use&& use, const std::string& ns = {}) const;
  [[nodiscard]] std::size_t size() const;
  // Objects that exist and cannot be decoded, with the reason. Never treat these as absent where absence allows.
  [[nodiscard]] std::map<ObjectKey, std::string> invalid() const;
  [[nodiscard]] bool is_invalid(const ObjectKey& key) const;
  // Whether one list has been taken in completely; stays true from then on.
  [[nodiscard]] bool synced() const;

  // For the writer alone.
  void apply(const ObjectEvent& event);

 private:
  using Kept = KeptObject<T>;
  struct Entry {
    Kept kept;
    std::string resource_version;
    // Of the whole object: a server that was restored from a backup gives out the versions of its future a second time.
    std::size_t content_hash;
  };
  using Entries = std::map<ObjectKey, Entry>;
  using Invalid = std::map<ObjectKey, std::string>;
  struct Change {
    ObjectKey key;
    Kept old_kept;
    Kept new_kept;
  };
  using KeptObjects = std::vector<std::pair<ObjectKey, Kept>>;
  static constexpr std::size_t kHeldAtOnce = 256;

  [[nodiscard]] Kept decode(const ObjectKey& key, const nlohmann::json& object, Invalid& invalid) const;
  void take_listed(const nlohmann::json& object);
  void swap_in_list();
  void take_change(const nlohmann::json& object);
  void take_deletion(const nlohmann::json& object);
  void tell(const Change& change) const;
  // The next at most `count_max` of the namespace (empty: of all), as they are at one moment.
  [[nodiscard]] KeptObjects behind(const ObjectKey& after, const std::string& ns, std::size_t count_max) const;
  [[nodiscard]] KeptObjects all_of(const std::string& ns) const;

  Decode decode_;
  Callbacks callbacks_;
  base::ColdFile* cold_;

  // Of the writer alone: the list that is being taken in.
  Entries listed_;
  Invalid listed_invalid_;

  // Protected by mutex_.
  mutable std::shared_mutex mutex_;
  Entries entries_;
  Invalid invalid_;
  bool synced_ = false;
};

}  // namespace kubernetes

#include "kubernetes/store_definitions.h"  // IWYU pragma: export
