#include "registry/docker_archive.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "net/json.h"
#include "registry/image_files.h"
#include "registry/limits.h"
#include "registry/oci_layout_store.h"
#include "registry/verified_image_source.h"

namespace registry {

namespace {

using nlohmann::json;

constexpr const char* kManifestFile = "manifest.json";
constexpr const char* kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";

std::vector<std::string> texts_of(const json& object, const char* name) {
  std::vector<std::string> texts;
  const auto list = object.find(name);
  if (list == object.end() || !list->is_array()) return texts;
  for (const json& item : *list) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

// Layers lie there unpacked; some tools pack them.
const char* layer_type(std::string_view first_bytes) {
  if (first_bytes.starts_with("\x1f\x8b")) return "application/vnd.oci.image.layer.v1.tar+gzip";
  if (first_bytes.starts_with("\x28\xb5\x2f\xfd")) return "application/vnd.oci.image.layer.v1.tar+zstd";
  return "application/vnd.oci.image.layer.v1.tar";
}

// One image of the archive, as a manifest over its files.
class ArchiveStore final : public ContentStore {
 public:
  ArchiveStore(std::unique_ptr<ImageFiles> files, const std::string& wanted) : files_(std::move(files)) {
    const json entry = choose(wanted);
    const auto config = entry.find("Config");
    if (config == entry.end() || !config->is_string()) refuse("an image without \"Config\"");
    json layers = json::array();
    const std::vector<std::string> paths = texts_of(entry, "Layers");
    // A layer that is passed over would be one that nobody looked at.
    if (!entry.contains("Layers") || paths.size() != entry["Layers"].size())
      refuse("an image without a list of \"Layers\"");
    for (const std::string& layer : paths) layers.push_back(describe(layer));
    manifest_ = json{
        {"schemaVersion", 2},
        {"mediaType", kManifestType},
        {"config", describe(config->get<std::string>(), kConfigType)},
        {"layers",
         layers}}.dump();
  }

  StoredManifest root(std::optional<base::Digest>& /*expected*/, const base::Patience& /*patience*/) override {
    return {.bytes = manifest_, .content_type = kManifestType};
  }

  StoredManifest manifest(const base::Digest& /*digest*/, const base::Patience& patience) override {
    std::optional<base::Digest> none;
    return root(none, patience);
  }

  void blob(const Descriptor& blob, const OnBlobBytes& on_bytes, const base::Patience& patience) override {
    const auto path = paths_.find(blob.digest);
    if (path == paths_.end()) throw base::ConfigError(files_->name() + " has no blob " + blob.digest.text());
    files_->stream(path->second, on_bytes, patience.stop);
  }

  bool has_blob(const Descriptor& blob, const base::Patience& /*patience*/) override {
    return paths_.contains(blob.digest);
  }

 private:
  json describe(const std::string& path, const char* type = nullptr) {
    const std::optional<std::uint64_t> size = files_->size(path);
    if (!size) refuse("it names " + base::escape_text(path, 200) + ", which is not in it");
    base::Sha256 hash;
    std::string first_bytes;
    const auto read = [&](std::span<const std::byte> bytes) {
      if (first_bytes.empty())
        first_bytes.assign(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 4));
      hash.update(bytes);
    };
    files_->stream(path, read, {});
    const base::Digest digest = hash.finish();
    paths_.emplace(digest, path);
    return {
        {"mediaType", type != nullptr ? type : layer_type(first_bytes)}, {"digest", digest.text()}, {"size", *size}};
  }

  [[nodiscard]] json choose(const std::string& wanted) const {
    if (!files_->size(kManifestFile)) refuse("no manifest.json in it");
    json images = net::parse_json_bounded(files_->read(kManifestFile, kManifestBytesMax), files_->name(),
                                          {.values_max = kJsonValuesMax});
    if (!images.is_array() || images.empty()) refuse("its manifest.json lists no image");
    std::string names;
    for (json& image : images) {
      if (!image.is_object()) refuse("its manifest.json lists what is no image");
      const std::vector<std::string> tags = texts_of(image, "RepoTags");
      if (std::ranges::find(tags, wanted) != tags.end()) return std::move(image);
      for (const std::string& tag : tags) names += (names.empty() ? "" : ", ") + base::escape_text(tag, 200);
    }
    if (wanted.empty() && images.size() == 1) return std::move(images.front());
    throw base::ConfigError(
        files_->name() + " has " + std::to_string(images.size()) + " images" +
        (wanted.empty() ? "" : ", and none is " + base::escape_text(wanted, 200)) +
        ": name one as docker-archive:FILE:NAME:TAG; they are: " + (names.empty() ? "untagged" : names));
  }

  [[noreturn]] void refuse(const std::string& why) const {
    throw base::ParseError(files_->name() + " is not an archive of docker save: " + why);
  }

  const std::unique_ptr<ImageFiles> files_;
  std::map<base::Digest, std::string> paths_;
  std::string manifest_;
};

}  // namespace

DockerArchiveReference parse_docker_archive_reference(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {.file = std::string(text)};
  return {.file = std::string(text.substr(0, colon)), .image = std::string(text.substr(colon + 1))};
}

std::unique_ptr<ImageSource> make_docker_archive_source(const DockerArchiveReference& reference) {
  std::unique_ptr<ImageFiles> files = make_archive_files(reference.file);
  if (is_oci_layout(*files)) return make_verified_source(make_oci_layout_store(std::move(files), reference.image));
  return make_verified_source(std::make_unique<ArchiveStore>(std::move(files), reference.image));
}

}  // namespace registry
