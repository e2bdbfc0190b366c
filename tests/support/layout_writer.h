// Writes OCI image layouts to disk, and a temporary folder to write them in.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/digest.h"

namespace tests {

// A new folder under the system's temporary one, removed with its content at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

void write_file(const std::filesystem::path& path, const std::string& bytes);

class LayoutWriter {
 public:
  explicit LayoutWriter(std::filesystem::path directory);

  base::Digest add_blob(const std::string& bytes);
  // An image whose layers are these bytes, by this tag (empty: none); the digest of its manifest.
  base::Digest add_image(const std::string& tag, const std::vector<std::string>& layers,
                         const std::string& config = R"({"os":"linux","architecture":"amd64"})");
  // Names a manifest or index that was added as a blob.
  void add_entry(const std::string& tag, const base::Digest& digest, std::size_t size);

  [[nodiscard]] std::filesystem::path blob_path(const base::Digest& digest) const;

 private:
  void write_index() const;

  std::filesystem::path directory_;
  std::vector<std::string> entries_;
};

}  // namespace tests
