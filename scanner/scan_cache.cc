#include "scanner/scan_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "scanner/layers/budgets.h"
#include "scanner/layers/layer_record.h"

namespace scanner {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "pratique scan cache\n";
constexpr std::size_t kSumBytes = 64;
constexpr std::size_t kHeadBytes = kMagic.size() + kSumBytes;
// Of an inventory; 15,000 packages take so much. A larger image is put together of its layers' records.
constexpr std::size_t kContentBytesMax = std::size_t{4} << 20;
static_assert(layers::kLayerRecordBytesMax <= kContentBytesMax);
constexpr int kInventoryVersion = 1;
constexpr std::string_view kPlatformEnding = ".platform-1";
constexpr std::string_view kDiffIdEnding = ".diff-id-1";
// What a deletion leaves, so that not every new record costs a look at all files.
constexpr double kLeftAfterDeletion = 0.9;
// Left behind by a process that died while it wrote.
constexpr std::chrono::hours kUnfinishedLives{1};
constexpr std::string_view kUnfinishedPrefix = "pratique-";
constexpr std::string_view kUnfinishedSuffix = ".part";

// A file's own name goes into its sum, so that it is no file of another layer or of other extractors.
std::string sum_of(std::string_view name, std::string_view content) {
  base::Sha256 hash;
  hash.update(name);
  hash.update(content);
  return hash.finish().hex();
}

struct CacheFile {
  fs::path path;
  fs::file_time_type used;
  std::uint64_t bytes = 0;
};

// Whether a cache gives such a name: 64 hex digits and what they are of, or a file that is not whole yet. Nothing else
// in the directory is ours to count or to delete.
bool is_own_name(const std::string& name) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  const std::size_t dot = name.find('.');
  if (name.ends_with(kUnfinishedSuffix)) return name.starts_with(kUnfinishedPrefix);
  if (dot != kSumBytes || !std::all_of(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(dot), is_hex)) {
    return false;
  }
  const std::string_view kind = std::string_view(name).substr(dot);
  return kind.starts_with(".layer-") || kind.starts_with(".image-") || kind == kPlatformEnding || kind == kDiffIdEnding;
}

std::vector<CacheFile> files_of(const std::string& directory) {
  std::vector<CacheFile> files;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    if (!is_own_name(entry->path().filename().string())) continue;
    std::error_code gone;
    CacheFile file{.path = entry->path(), .used = entry->last_write_time(gone), .bytes = 0};
    if (!gone) file.bytes = entry->file_size(gone);
    if (!gone) files.push_back(std::move(file));
  }
  return files;
}

std::uint64_t bytes_of(const std::vector<CacheFile>& files) {
  std::uint64_t bytes = 0;
  for (const CacheFile& file : files) bytes += file.bytes;
  return bytes;
}

bool has_none_of(std::string_view record, const std::vector<std::string_view>& extractors) {
  const std::optional<layers::RecordHead> head = layers::head_of_record(record);
  return head && std::ranges::none_of(head->readers, [&](const std::string& reader) {
           return std::ranges::find(extractors, reader) != extractors.end();
         });
}

void remove_file(const fs::path& path) {
  std::error_code ignored;
  fs::remove(path, ignored);
}

}  // namespace

std::string prepare_cache_directory(const std::string& directory) {
  std::error_code error;
  if (fs::create_directories(directory, error)) fs::permissions(directory, fs::perms::owner_all, error);
  struct stat about {};
  if (error || stat(directory.c_str(), &about) != 0) {
    return fmt::format("cannot make the cache {}: {}", base::escape_text(directory),
                       error ? error.message() : strerror(errno));
  }
  if (about.st_uid != geteuid() || (about.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fmt::format(
        "the cache {} is not its user's alone: others could put records into it that hide what an image holds; name "
        "another directory, or make it yours (chown) and let nobody else write to it (chmod go-w)",
        base::escape_text(directory));
  }
  if (access(directory.c_str(), W_OK) != 0) {
    return fmt::format("cannot write to the cache {}: {}", base::escape_text(directory), strerror(errno));
  }
  return {};
}

ScanCache::ScanCache(ScanCacheSettings settings) : settings_(std::move(settings)) {
  layers::Limits budgets = settings_.budgets;
  budgets.cpu_seconds_max = layers::Limits{}.cpu_seconds_max;  // past it there is nothing to keep
  if (budgets != layers::Limits{}) {
    variant_ = "-" + base::sha256_hex(layers::write_budgets(budgets)).substr(0, 16);
  }
  if (const std::string wrong = prepare_cache_directory(settings_.directory); !wrong.empty()) {
    throw base::ConfigError(wrong);
  }
}

std::string ScanCache::layer_name(const base::Digest& layer, int extractors) const {
  return fmt::format("{}.layer-{}.{}{}", layer.hex(), layers::kLayerRecordVersion, extractors, variant_);
}

std::string ScanCache::image_name(const base::Digest& manifest) const {
  return fmt::format("{}.image-{}.{}{}", manifest.hex(), kInventoryVersion, newest(), variant_);
}

std::optional<std::string> ScanCache::find_layer(const base::Digest& layer) {
  std::vector<std::string_view> changed;  // between the version that is looked for and the newest
  const ExtractorsHistory& history = settings_.extractors;
  for (auto change = history.rbegin(); change != history.rend(); ++change) {
    if (std::optional<std::string> record = find(layer_name(layer, change->version))) {
      if (!has_none_of(*record, changed)) return std::nullopt;
      if (change != history.rbegin()) {
        keep_layer(layer, *record);
        remove_file(path_of(layer_name(layer, change->version)));
      }
      return record;
    }
    if (change->extractors.empty()) break;
    changed.insert(changed.end(), change->extractors.begin(), change->extractors.end());
  }
  return std::nullopt;
}

std::optional<std::string> ScanCache::find_image(const base::Digest& manifest) {
  return find(image_name(manifest));
}

void ScanCache::keep_layer(const base::Digest& layer, const std::string& record) {
  keep(layer_name(layer, newest()), record);
}

void ScanCache::keep_image(const base::Digest& manifest, const std::string& inventory) {
  if (inventory.size() <= kContentBytesMax) keep(image_name(manifest), inventory);
}

std::optional<base::Digest> ScanCache::find_diff_id(const base::Digest& layer) {
  const std::optional<std::string> text = find(layer.hex() + std::string(kDiffIdEnding));
  return text ? base::Digest::parse(*text) : std::nullopt;
}

void ScanCache::keep_diff_id(const base::Digest& layer, const base::Digest& diff_id) {
  keep(layer.hex() + std::string(kDiffIdEnding), diff_id.text());
}

std::optional<std::string> ScanCache::find_platform(const base::Digest& config) {
  return find(config.hex() + std::string(kPlatformEnding));
}

void ScanCache::keep_platform(const base::Digest& config, const std::string& platform) {
  keep(config.hex() + std::string(kPlatformEnding), platform);
}

std::optional<std::string> ScanCache::find(const std::string& name) {
  const std::string path = path_of(name);
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string head(kHeadBytes, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  std::string content;
  while (file && content.size() <= kContentBytesMax) {
    constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
    const std::size_t size = content.size();
    content.resize(size + kPieceBytes);
    file.read(content.data() + size, static_cast<std::streamsize>(kPieceBytes));
    content.resize(size + static_cast<std::size_t>(file.gcount()));
  }
  if (!head.starts_with(kMagic) || head.compare(kMagic.size(), kSumBytes, sum_of(name, content)) != 0) {
    remove_file(path);
    return std::nullopt;
  }
  utimensat(AT_FDCWD, path.c_str(), nullptr, 0);  // used now
  return content;
}

void ScanCache::keep(const std::string& name, const std::string& content) {
  std::string unfinished;
  {
    const std::lock_guard lock(mutex_);
    unfinished = path_of(fmt::format("{}{}.{}{}", kUnfinishedPrefix, getpid(), ++files_written_, kUnfinishedSuffix));
    const std::uint64_t bytes = kHeadBytes + content.size();
    if (files_written_ == 1) bytes_ = bytes_of(files_of(settings_.directory));
    if (bytes_ + bytes > settings_.bytes_max) make_room(bytes);
    bytes_ += bytes;
  }
  std::ofstream file(unfinished, std::ios::binary);
  file << kMagic << sum_of(name, content) << content;
  file.close();
  if (!file || rename(unfinished.c_str(), path_of(name).c_str()) != 0) remove_file(unfinished);
}

// Other processes may have written and deleted since the files were counted.
void ScanCache::make_room(std::uint64_t bytes_needed) {
  std::vector<CacheFile> files = files_of(settings_.directory);
  std::sort(files.begin(), files.end(),
            [](const CacheFile& left, const CacheFile& right) { return left.used < right.used; });
  const auto bytes_left = static_cast<std::uint64_t>(static_cast<double>(settings_.bytes_max) * kLeftAfterDeletion);
  bytes_ = bytes_of(files);
  for (const CacheFile& file : files) {
    const bool is_unfinished = file.path.extension() == kUnfinishedSuffix;
    if (is_unfinished && fs::file_time_type::clock::now() - file.used < kUnfinishedLives) continue;
    if (!is_unfinished && bytes_ + bytes_needed <= bytes_left) continue;
    remove_file(file.path);
    bytes_ -= std::min(bytes_, file.bytes);
  }
}

}  // namespace scanner
