// A plain, gzip, bzip2 or zstd file as a stream of its content.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace scanner::advisories {

// Not thread-safe.
class UnpackedFile {
 public:
  // Told by the name: ".gz" is gzip, ".bz2" bzip2, ".zst" zstd. Throws base::ConfigError when it is not there.
  explicit UnpackedFile(const std::string& path);
  ~UnpackedFile();

  // The next bytes; 0 at the end. Throws base::ParseError that names the file when it is damaged or truncated,
  // base::LimitExceeded past kUnpackedBytesMax of content.
  [[nodiscard]] std::size_t read(std::span<char> buffer);

  // Of the file as it is stored.
  [[nodiscard]] std::uint64_t bytes_done() const;
  [[nodiscard]] std::uint64_t bytes_total() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scanner::advisories
