// A file that is read at positions, with errors that name it. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/byte_source.h"

namespace scanner::advisories {

class FileReader final : public base::ByteSource {
 public:
  // Throws base::ConfigError that says why when `path` is not a readable regular file.
  explicit FileReader(const std::string& path);
  ~FileReader() override;
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& name() const override { return path_; }
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] std::string read_at(std::uint64_t offset, std::size_t length) const override;
  // Up to `buffer.size()` bytes from `offset`; 0 at the end.
  [[nodiscard]] std::size_t read_some(std::uint64_t offset, std::span<char> buffer) const;

 private:
  std::string path_;
  int descriptor_;
  std::uint64_t size_ = 0;
};

}  // namespace scanner::advisories
