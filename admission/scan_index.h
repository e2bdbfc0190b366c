// The ImageScans by what is asked about them: which digest a namespace's reference stands for, what is below a digest,
// and whether a namespace has proved that it may pull it. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "admission/watched_objects.h"

namespace admission {

using Scan = std::shared_ptr<const ScanFacts>;

class ScanIndex {
 public:
  // One of them may be null: a new or a deleted ImageScan.
  void replace(const Scan& old_scan, const Scan& new_scan);

  // The namespace's ImageScan of this normalised reference that was resolved last; one that was never resolved where
  // there is no other; null without any.
  [[nodiscard]] Scan find(const std::string& ns, const std::string& reference) const;
  // Calls `use` for each ImageScan, of any namespace, that resolved to this digest or to an index with it. With the
  // reader's lock held: short work alone.
  void for_each_with_digest(const std::string& digest, const std::function<void(const ScanFacts&)>& use) const;

 private:
  using Scans = std::vector<Scan>;
  // A look-up borrows its texts.
  struct ReferenceKey {
    std::string ns;
    std::string reference;
  };
  struct ReferenceView {
    std::string_view ns;
    std::string_view reference;
    ReferenceView(std::string_view of_ns, std::string_view of_reference) : ns(of_ns), reference(of_reference) {}
    ReferenceView(const ReferenceKey& key) : ns(key.ns), reference(key.reference) {}
    bool operator==(const ReferenceView&) const = default;
  };
  struct ReferenceHash {
    using is_transparent = void;
    std::size_t operator()(const ReferenceView& key) const;
  };
  struct ReferenceEqual {
    using is_transparent = void;
    bool operator()(const ReferenceView& left, const ReferenceView& right) const { return left == right; }
  };
  void add(const Scan& scan);
  void remove(const Scan& scan);

  mutable std::shared_mutex mutex_;
  // Names of images are alike in their first hundred bytes: a tree would compare these again at each of its levels.
  std::unordered_map<ReferenceKey, Scans, ReferenceHash, ReferenceEqual> by_reference_;
  std::unordered_map<std::string, Scans> by_digest_;
};

}  // namespace admission
