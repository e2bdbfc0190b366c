// The files of an image on disk: a directory, or an archive of one. Private to registry/.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "registry/image_source.h"

namespace registry {

// Paths are relative to the top, without a leading "./".
class ImageFiles {
 public:
  virtual ~ImageFiles() = default;
  [[nodiscard]] virtual const std::string& name() const = 0;  // for errors
  // nullopt: no such file.
  [[nodiscard]] virtual std::optional<std::uint64_t> size(const std::string& path) const = 0;
  // Throws base::ConfigError when it cannot be opened or read, base::NetworkError when it was stopped.
  virtual void stream(const std::string& path, const OnBlobBytes& on_bytes, const std::stop_token& stop) const = 0;
  // Throws the same, and base::LimitExceeded above `bytes_max`.
  [[nodiscard]] std::string read(const std::string& path, std::uint64_t bytes_max) const;
};

[[nodiscard]] std::unique_ptr<ImageFiles> make_directory_files(const std::string& directory);

// Reads the archive once to know where its files lie; symbolic links in it are followed. Throws base::ConfigError when
// it cannot be read, base::ParseError for what is no tar, base::LimitExceeded beyond kArchiveEntriesMax.
[[nodiscard]] std::unique_ptr<ImageFiles> make_archive_files(const std::string& file);

}  // namespace registry
