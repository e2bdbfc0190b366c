// What a parked request can wait to hear of, as the names under which the cluster view tells of changes: an ImageScan
// by namespace and reference, and anything about a digest (its ImageReport, or an ImageScan that resolved to it).
#pragma once

#include <algorithm>
#include <string>

namespace admission {

// `reference` is normalised. No namespace holds a newline, and no digest.
[[nodiscard]] inline std::string scan_topic(const std::string& ns, const std::string& reference) {
  return ns + "\n" + reference;
}

// As crds/object_names.h names a manifest's ImageReport, whose name is thereby a topic.
[[nodiscard]] inline std::string digest_topic(std::string digest) {
  std::replace(digest.begin(), digest.end(), ':', '-');
  return digest;
}

}  // namespace admission
