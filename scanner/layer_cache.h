// Records of layers that were read before, kept in a directory for any number of scans and processes: a file for each
// record, made under another name and renamed when it is whole, so that readers never wait and never see half of one.
// docs/decisions/0011-layer-records.md tells why it is no database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/digest.h"

namespace scanner {

struct LayerCacheSettings {
  std::string directory;  // made when it does not exist, for its owner alone
  std::uint64_t bytes_max = std::uint64_t{512} << 20;
};

// Makes the directory, with those above it. What is wrong with it, for a person; empty: it can hold a cache.
[[nodiscard]] std::string prepare_cache_directory(const std::string& directory);

// Thread-safe. What cannot be read or written is as if it were not kept: a cache never makes a scan fail.
class LayerCache {
 public:
  // Throws base::ConfigError where prepare_cache_directory() finds something wrong.
  explicit LayerCache(LayerCacheSettings settings);
  LayerCache(const LayerCache&) = delete;
  LayerCache& operator=(const LayerCache&) = delete;

  // The record of the layer with this compressed digest, as these extractors and this format read it. A file that is
  // not what keep() wrote under this very name is deleted.
  [[nodiscard]] std::optional<std::string> find(const base::Digest& layer);

  // Keeps a record; what was used least lately goes where there is no room.
  void keep(const base::Digest& layer, const std::string& record);

 private:
  [[nodiscard]] std::string path_of(const base::Digest& layer) const;
  void make_room(std::uint64_t bytes_needed);

  LayerCacheSettings settings_;
  std::mutex mutex_;
  std::uint64_t bytes_ = 0;          // guarded by mutex_: at most what the files took when they were counted, and since
  std::uint64_t files_written_ = 0;  // guarded by mutex_
};

}  // namespace scanner
