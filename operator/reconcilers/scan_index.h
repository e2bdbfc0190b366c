// Which ImageScans speak of a platform manifest, and which of a repository: what a watch event or a push event needs to
// find without walking all of them.
#pragma once

#include <map>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/image_reference.h"
#include "crds/image_scan.h"

namespace pratique_operator::reconcilers {

// "registry:5000/shop/web" of a normalised reference.
[[nodiscard]] std::string repository_of(const std::string& image);

// Fed by the watch of ImageScans (one writer); thread-safe.
class ScanIndex {
 public:
  // Either may be null: made, changed, deleted.
  void change(const crds::ImageScan* old_scan, const crds::ImageScan* new_scan);

  // ImageScans whose status names this platform manifest.
  [[nodiscard]] std::vector<kubernetes::ObjectKey> of_manifest(const std::string& digest) const;
  // ImageScans of this normalised repository ("host/repository") and tag, in any namespace; those that name a digest
  // beside the tag are not among them, because nothing that is pushed changes what they mean.
  [[nodiscard]] std::vector<kubernetes::ObjectKey> of_tag(const std::string& name, const std::string& tag) const;
  // ImageScans of this normalised repository whose tag was last resolved to this index or manifest.
  [[nodiscard]] std::vector<kubernetes::ObjectKey> of_digest(const std::string& name, const std::string& digest) const;
  [[nodiscard]] bool knows_manifest(const std::string& digest) const;

 private:
  using Keys = std::map<std::string, std::set<kubernetes::ObjectKey>>;

  mutable std::shared_mutex mutex_;
  Keys by_manifest_;  // guarded by mutex_
  Keys by_tag_;       // "host/repository:tag"; guarded by mutex_
  Keys by_digest_;    // "host/repository@digest"; guarded by mutex_
};

}  // namespace pratique_operator::reconcilers
