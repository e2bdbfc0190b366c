#include "tests/support/layout_writer.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "tests/support/fake_registry.h"

namespace tests {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "pratique-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

LayoutWriter::LayoutWriter(std::filesystem::path directory) : directory_(std::move(directory)) {
  std::filesystem::create_directories(directory_ / "blobs" / "sha256");
  write_file(directory_ / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  write_index();
}

base::Digest LayoutWriter::add_blob(const std::string& bytes) {
  const base::Digest digest = base::Digest::of(bytes);
  write_file(blob_path(digest), bytes);
  return digest;
}

base::Digest LayoutWriter::add_image(const std::string& tag, const std::vector<std::string>& layers,
                                     const std::string& config) {
  std::string layer_list;
  for (const std::string& layer : layers) {
    if (!layer_list.empty()) layer_list += ",";
    layer_list += descriptor_json(kOciLayerType, add_blob(layer), layer.size());
  }
  const std::string manifest = R"({"schemaVersion":2,"mediaType":")" + std::string(kOciManifestType) +
                               R"(","config":)" + descriptor_json(kOciConfigType, add_blob(config), config.size()) +
                               R"(,"layers":[)" + layer_list + "]}";
  const base::Digest digest = add_blob(manifest);
  add_entry(tag, digest, manifest.size());
  return digest;
}

void LayoutWriter::add_entry(const std::string& tag, const base::Digest& digest, std::size_t size) {
  const std::string annotation =
      tag.empty() ? "" : R"(,"annotations":{"org.opencontainers.image.ref.name":")" + tag + R"("})";
  entries_.push_back(descriptor_json(kOciManifestType, digest, size, annotation));
  write_index();
}

std::filesystem::path LayoutWriter::blob_path(const base::Digest& digest) const {
  return directory_ / "blobs" / "sha256" / digest.hex();
}

void LayoutWriter::write_index() const {
  std::string list;
  for (const std::string& entry : entries_) list += (list.empty() ? "" : ",") + entry;
  write_file(directory_ / "index.json", R"({"schemaVersion":2,"manifests":[)" + list + "]}");
}

}  // namespace tests
