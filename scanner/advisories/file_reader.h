// A file that is read at positions, with errors that name it. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace scanner::advisories {

class FileReader {
 public:
  // Throws base::ConfigError that says why when `path` is not a readable regular file.
  explicit FileReader(const std::string& path);
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Bytes [offset, offset + length). Throws base::ParseError when they reach past the end.
  [[nodiscard]] std::string read_at(std::uint64_t offset, std::size_t length) const;
  // Up to `buffer.size()` bytes from `offset`; 0 at the end.
  [[nodiscard]] std::size_t read_some(std::uint64_t offset, std::span<char> buffer) const;

 private:
  std::string path_;
  int descriptor_;
  std::uint64_t size_ = 0;
};

}  // namespace scanner::advisories
