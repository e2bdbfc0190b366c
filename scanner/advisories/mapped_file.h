// A file's first bytes where they lie in memory, read-only: pages come from the disk as they are looked at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace scanner::advisories {

// Thread-safe. Whoever makes the file shorter meanwhile ends this process (SIGBUS): files are replaced, never cut.
class MappedFile {
 public:
  // Throws base::ConfigError when the file cannot be mapped, base::ParseError when it is shorter than `bytes`, which
  // are at least one.
  MappedFile(const std::string& path, std::uint64_t bytes);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace scanner::advisories
