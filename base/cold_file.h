// Bytes that are seldom read, in a file instead of in memory: what a program knows of 100,000 things may be hundreds of
// megabytes, of which it looks at a few at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace base {

class ColdSpace;

// A value that never changes, in memory or at a place in a ColdFile, which is free again when the value is gone.
// Thread-safe.
class ColdBytes {
 public:
  explicit ColdBytes(std::string bytes);  // in memory
  ColdBytes(std::shared_ptr<ColdSpace> space, std::uint64_t place, std::string_view bytes);
  ~ColdBytes();
  ColdBytes(const ColdBytes&) = delete;
  ColdBytes& operator=(const ColdBytes&) = delete;

  // Ends the process when the file gives back something else: what it held is in no other place, and a new start makes
  // it anew.
  [[nodiscard]] std::string read() const;
  [[nodiscard]] bool is_in_memory() const { return space_ == nullptr; }

 private:
  const std::shared_ptr<ColdSpace> space_;  // null: in memory
  const std::uint64_t place_ = 0;
  const std::size_t size_ = 0;
  const std::size_t hash_ = 0;
  const std::string bytes_;
};

// A file without a name, which ends with the process. What it hands out may outlive it. Thread-safe.
class ColdFile {
 public:
  // In a directory that is made where it is missing. Throws ConfigError, which names it, when no file can be made
  // there.
  ColdFile(const std::string& directory, std::uint64_t bytes_max);
  ~ColdFile();
  ColdFile(const ColdFile&) = delete;
  ColdFile& operator=(const ColdFile&) = delete;

  // Where the file would grow past its bound, or the disk refuses, they stay in memory; the log says so once.
  [[nodiscard]] std::shared_ptr<const ColdBytes> keep(std::string bytes);
  // How far the file reaches.
  [[nodiscard]] std::uint64_t size() const;

 private:
  const std::shared_ptr<ColdSpace> space_;
};

}  // namespace base
