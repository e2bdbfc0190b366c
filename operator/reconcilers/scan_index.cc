#include "operator/reconcilers/scan_index.h"

#include <mutex>

namespace pratique_operator::reconcilers {
namespace {

using Keys = std::map<std::string, std::set<kubernetes::ObjectKey>>;

// status.image was written by us in normal form, before the first resolution is tried.
std::string tag_of(const crds::ImageScan& scan) {
  const std::string& image = scan.status.image;
  const bool has_digest = image.find('@') != std::string::npos;
  return has_digest ? std::string() : image;
}

// What it means now: "registry:5000/shop/web@sha256:...".
std::string resolution_of(const crds::ImageScan& scan) {
  return repository_of(scan.status.image) + "@" + scan.status.digest;
}

void remove(Keys& keys, const std::string& at, const kubernetes::ObjectKey& key) {
  const auto found = keys.find(at);
  if (found == keys.end()) {
    return;
  }
  found->second.erase(key);
  if (found->second.empty()) {
    keys.erase(found);
  }
}

std::vector<kubernetes::ObjectKey> found_in(const Keys& keys, const std::string& at) {
  const auto found = keys.find(at);
  return found == keys.end() ? std::vector<kubernetes::ObjectKey>()
                             : std::vector<kubernetes::ObjectKey>(found->second.begin(), found->second.end());
}

}  // namespace

std::string repository_of(const std::string& image) {
  const std::string name = image.substr(0, image.find('@'));
  const std::size_t slash = name.rfind('/');
  const std::size_t colon = name.find(':', slash == std::string::npos ? 0 : slash);
  return name.substr(0, colon);
}

void ScanIndex::change(const crds::ImageScan* old_scan, const crds::ImageScan* new_scan) {
  const std::unique_lock lock(mutex_);
  if (old_scan != nullptr) {
    for (const crds::ScannedPlatform& platform : old_scan->status.platforms) {
      remove(by_manifest_, platform.digest, old_scan->metadata.key());
    }
    remove(by_tag_, tag_of(*old_scan), old_scan->metadata.key());
    remove(by_digest_, resolution_of(*old_scan), old_scan->metadata.key());
  }
  if (new_scan != nullptr) {
    for (const crds::ScannedPlatform& platform : new_scan->status.platforms) {
      by_manifest_[platform.digest].insert(new_scan->metadata.key());
    }
    by_tag_[tag_of(*new_scan)].insert(new_scan->metadata.key());
    by_digest_[resolution_of(*new_scan)].insert(new_scan->metadata.key());
  }
}

std::vector<kubernetes::ObjectKey> ScanIndex::of_manifest(const std::string& digest) const {
  const std::shared_lock lock(mutex_);
  return found_in(by_manifest_, digest);
}

std::vector<kubernetes::ObjectKey> ScanIndex::of_digest(const std::string& name, const std::string& digest) const {
  const std::shared_lock lock(mutex_);
  return found_in(by_digest_, name + "@" + digest);
}

std::vector<kubernetes::ObjectKey> ScanIndex::of_tag(const std::string& name, const std::string& tag) const {
  const std::shared_lock lock(mutex_);
  return found_in(by_tag_, name + ":" + tag);
}

bool ScanIndex::knows_manifest(const std::string& digest) const {
  const std::shared_lock lock(mutex_);
  return by_manifest_.contains(digest);
}

}  // namespace pratique_operator::reconcilers
