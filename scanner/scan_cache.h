// What was read before, kept in a directory for any number of scans and processes: the records of layers and what
// they are uncompressed, the inventories of images and the platforms that image configs tell. A file for each, made
// under another name and renamed when it is whole, so that readers never wait and never see half of one. Other files in
// the directory are left alone. docs/decisions/0011-layer-records.md tells why it is no database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/digest.h"
#include "scanner/layer_turns.h"
#include "scanner/layers/limits.h"
#include "scanner/report_version.h"

namespace scanner {

struct ScanCacheSettings {
  std::string directory;  // made when it does not exist, for its owner alone
  std::uint64_t bytes_max = std::uint64_t{512} << 20;
  layers::Limits budgets{};  // what was read within others is not the same
  ExtractorsHistory extractors = extractors_history();
};

// Makes the directory, with those above it. What is wrong with it, for a person; empty: it can hold a cache.
[[nodiscard]] std::string prepare_cache_directory(const std::string& directory);

// Thread-safe. What cannot be read or written is as if it were not kept: a cache never makes a scan fail.
class ScanCache {
 public:
  // Throws base::ConfigError where prepare_cache_directory() finds something wrong.
  explicit ScanCache(ScanCacheSettings settings);
  ScanCache(const ScanCache&) = delete;
  ScanCache& operator=(const ScanCache&) = delete;

  // The record of the layer with this compressed digest (layers/layer_record.h), and the inventory of the image with
  // this manifest (report_json.h), as these extractors and these formats have them. A record of older extractors is as
  // good where none of those that changed has a file in the layer, and is then kept as one of these. A file that is not
  // what was kept under this very name is deleted.
  [[nodiscard]] std::optional<std::string> find_layer(const base::Digest& layer);
  [[nodiscard]] std::optional<std::string> find_image(const base::Digest& manifest);

  // What the layer with this compressed digest is uncompressed. Whoever reads it tells: it is the same for all.
  [[nodiscard]] std::optional<base::Digest> find_diff_id(const base::Digest& layer);

  // What was kept of the platform that the image config with this digest tells.
  [[nodiscard]] std::optional<std::string> find_platform(const base::Digest& config);

  // Keeps a whole record, and the inventory of an image all of which was read; what was used least lately goes where
  // there is no room.
  void keep_layer(const base::Digest& layer, const std::string& record);
  void keep_image(const base::Digest& manifest, const std::string& inventory);
  void keep_diff_id(const base::Digest& layer, const base::Digest& diff_id);
  void keep_platform(const base::Digest& config, const std::string& platform);

  // Of the scans that share this object.
  [[nodiscard]] LayerTurns& turns() { return turns_; }

 private:
  [[nodiscard]] std::optional<std::string> find(const std::string& name);
  void keep(const std::string& name, const std::string& content);
  [[nodiscard]] std::string path_of(const std::string& name) const { return settings_.directory + "/" + name; }
  void make_room(std::uint64_t bytes_needed);

  [[nodiscard]] std::string layer_name(const base::Digest& layer, int extractors) const;
  [[nodiscard]] int newest() const { return settings_.extractors.back().version; }
  [[nodiscard]] std::string image_name(const base::Digest& manifest) const;

  ScanCacheSettings settings_;
  std::string variant_;  // of file names; empty: the default budgets
  LayerTurns turns_;
  std::mutex mutex_;
  std::uint64_t bytes_ = 0;          // guarded by mutex_: what the files took when they were counted, and since
  std::uint64_t files_written_ = 0;  // guarded by mutex_
};

}  // namespace scanner
