#include "registry/image_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/error.h"

namespace registry {

namespace {

constexpr std::size_t kReadBytes = 256 << 10;

class DirectoryFiles final : public ImageFiles {
 public:
  explicit DirectoryFiles(std::string directory) : directory_(std::move(directory)) {}

  [[nodiscard]] const std::string& name() const override { return directory_; }

  [[nodiscard]] std::optional<std::uint64_t> size(const std::string& path) const override {
    std::error_code error;
    const std::uint64_t bytes = std::filesystem::file_size(directory_ + "/" + path, error);
    return error ? std::nullopt : std::optional(bytes);
  }

  void stream(const std::string& path, const OnBlobBytes& on_bytes, const std::stop_token& stop) const override {
    const std::string file = directory_ + "/" + path;
    std::ifstream input(file, std::ios::binary);
    if (!input) throw base::ConfigError("cannot open " + file);
    std::vector<char> buffer(kReadBytes);
    while (input && !stop.stop_requested()) {
      input.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
      on_bytes(std::as_bytes(std::span(buffer.data(), static_cast<std::size_t>(input.gcount()))));
    }
    if (stop.stop_requested()) throw base::NetworkError("reading " + file + ": stopped");
    if (input.bad()) throw base::ConfigError("cannot read " + file);
  }

 private:
  const std::string directory_;
};

}  // namespace

std::string ImageFiles::read(const std::string& path, std::uint64_t bytes_max) const {
  std::string content;
  const auto append = [&](std::span<const std::byte> bytes) {
    if (content.size() + bytes.size() > bytes_max) {
      throw base::LimitExceeded("reading " + path + " of " + name() + ": more than " + std::to_string(bytes_max) +
                                " bytes");
    }
    content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  stream(path, append, {});
  return content;
}

std::unique_ptr<ImageFiles> make_directory_files(const std::string& directory) {
  return std::make_unique<DirectoryFiles>(directory);
}

}  // namespace registry
