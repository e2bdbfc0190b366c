#include <algorithm>
#include <fstream>
#include <map>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/tar_reader.h"
#include "registry/image_files.h"
#include "registry/limits.h"

namespace registry {

namespace {

constexpr std::size_t kReadBytes = 256 << 10;

// "./a//b/../c" -> "a/c": what stands above the top is the top.
std::string normal_path(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  std::string result;
  for (const std::string_view part : parts) result.append(result.empty() ? "" : "/").append(part);
  return result;
}

struct ArchiveEntry {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string link{};  // of a symbolic link: the path that it names
};
using Entries = std::map<std::string, ArchiveEntry>;

// Writes down where each file lies.
class Indexer final : public base::TarVisitor {
 public:
  explicit Indexer(const std::string& file) : file_(file) {}

  void on_entry(const base::TarEntry& entry) override {
    if (entries.size() == kArchiveEntriesMax) {
      throw base::LimitExceeded("reading " + file_ + ": more than " + std::to_string(kArchiveEntriesMax) + " files");
    }
    const std::string path = normal_path(entry.path);
    if (entry.kind == base::EntryKind::kFile) entries[path] = {.offset = entry.offset, .size = entry.size};
    if (entry.kind == base::EntryKind::kHardLink) entries[path] = {.link = normal_path(entry.link_target)};
    if (entry.kind == base::EntryKind::kSymbolicLink) {
      const std::string folder = path.substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/') + 1);
      entries[path] = {.link = normal_path(folder + std::string(entry.link_target))};
    }
  }
  void on_content(std::span<const std::byte> /*bytes*/) override {}
  void on_entry_end() override {}

  Entries entries;

 private:
  const std::string& file_;
};

class ArchiveFiles final : public ImageFiles {
 public:
  explicit ArchiveFiles(const std::string& file) : file_(file), entries_(read_index(file)) {}

  [[nodiscard]] const std::string& name() const override { return file_; }

  [[nodiscard]] std::optional<std::uint64_t> size(const std::string& path) const override {
    const ArchiveEntry* const entry = find(path);
    return entry == nullptr ? std::nullopt : std::optional(entry->size);
  }

  void stream(const std::string& path, const OnBlobBytes& on_bytes, const std::stop_token& stop) const override {
    const ArchiveEntry* const entry = find(path);
    if (entry == nullptr) throw base::ConfigError(file_ + " has no file " + base::escape_text(path, 200));
    std::ifstream input(file_, std::ios::binary);
    input.seekg(static_cast<std::streamoff>(entry->offset));
    std::vector<char> buffer(kReadBytes);
    for (std::uint64_t left = entry->size; left > 0;) {
      if (stop.stop_requested()) throw base::NetworkError("reading " + file_ + ": stopped");
      input.read(buffer.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(left, buffer.size())));
      const auto count = static_cast<std::size_t>(input.gcount());
      if (count == 0) throw base::ConfigError("cannot read " + base::escape_text(path, 200) + " of " + file_);
      on_bytes(std::as_bytes(std::span(buffer.data(), count)));
      left -= count;
    }
  }

 private:
  static Entries read_index(const std::string& file) {
    std::ifstream input(file, std::ios::binary);
    if (!input) throw base::ConfigError("cannot open " + file);
    Indexer indexer(file);
    base::TarReader reader(indexer, {});
    std::vector<char> buffer(kReadBytes);
    try {
      while (input.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), input.gcount() > 0) {
        reader.feed(std::as_bytes(std::span(buffer.data(), static_cast<std::size_t>(input.gcount()))));
      }
      reader.finish();
    } catch (const base::ParseError& error) {
      throw base::ParseError("reading " + file + ": " + error.what() +
                             "; a packed archive (.tar.gz) has to be unpacked first");
    }
    return std::move(indexer.entries);
  }

  // Follows links, a few at most: loops end.
  [[nodiscard]] const ArchiveEntry* find(const std::string& path) const {
    auto entry = entries_.find(path);
    for (int links = 0; entry != entries_.end() && !entry->second.link.empty(); ++links) {
      entry = links < kArchiveLinksMax ? entries_.find(entry->second.link) : entries_.end();
    }
    return entry == entries_.end() ? nullptr : &entry->second;
  }

  const std::string file_;
  const Entries entries_;
};

}  // namespace

std::unique_ptr<ImageFiles> make_archive_files(const std::string& file) {
  return std::make_unique<ArchiveFiles>(file);
}

}  // namespace registry
