#include "admission/scan_index.h"

#include <algorithm>
#include <mutex>
#include <set>

namespace admission {
namespace {

// Every digest that the scan knows, each once.
std::set<std::string> digests_of(const ScanFacts& scan) {
  std::set<std::string> digests;
  if (scan.digest.empty()) return digests;
  digests.insert(scan.digest);
  for (const crds::ScannedPlatform& platform : scan.platforms) digests.insert(platform.digest);
  return digests;
}

template <typename Map, typename Key>
void erase_from(Map& map, const Key& key, const Scan& scan) {
  const auto found = map.find(key);
  if (found == map.end()) return;
  std::erase(found->second, scan);
  if (found->second.empty()) map.erase(found);
}

}  // namespace

std::size_t ScanIndex::ReferenceHash::operator()(const ReferenceView& key) const {
  const std::hash<std::string_view> hash;
  constexpr std::size_t kMultiplier = 31;  // references are many, namespaces few
  return hash(key.reference) * kMultiplier + hash(key.ns);
}

void ScanIndex::replace(const Scan& old_scan, const Scan& new_scan) {
  const std::unique_lock lock(mutex_);
  if (old_scan) remove(old_scan);
  if (new_scan) add(new_scan);
}

void ScanIndex::add(const Scan& scan) {
  if (scan->reference.empty()) return;
  by_reference_[{.ns = scan->key.ns, .reference = scan->reference}].push_back(scan);
  for (const std::string& digest : digests_of(*scan)) by_digest_[digest].push_back(scan);
}

void ScanIndex::remove(const Scan& scan) {
  erase_from(by_reference_, ReferenceView(scan->key.ns, scan->reference), scan);
  for (const std::string& digest : digests_of(*scan)) erase_from(by_digest_, digest, scan);
}

Scan ScanIndex::find(const std::string& ns, const std::string& reference) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_reference_.find(ReferenceView(ns, reference));
  if (found == by_reference_.end()) return nullptr;
  // nullopt is less than any time.
  return *std::max_element(found->second.begin(), found->second.end(), [](const Scan& left, const Scan& right) {
    return std::pair(!left->digest.empty(), left->resolved_at) < std::pair(!right->digest.empty(), right->resolved_at);
  });
}

void ScanIndex::for_each_with_digest(const std::string& digest,
                                     const std::function<void(const ScanFacts&)>& use) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) return;
  for (const Scan& scan : found->second) use(*scan);
}

}  // namespace admission
