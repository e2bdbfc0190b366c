#include "registry/oci_layout_store.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "net/json.h"
#include "registry/limits.h"

namespace registry {

namespace {

using nlohmann::json;

constexpr const char* kTagAnnotation = "org.opencontainers.image.ref.name";
constexpr const char* kNameAnnotation = "io.containerd.image.name";  // docker.io/library/web:1
constexpr const char* kIndexFile = "index.json";

std::string annotation_of(const json& entry, const char* annotation) {
  if (!entry.is_object()) return {};
  const auto annotations = entry.find("annotations");
  if (annotations == entry.end() || !annotations->is_object()) return {};
  const auto name = annotations->find(annotation);
  return name != annotations->end() && name->is_string() ? name->get<std::string>() : std::string();
}

// Docker shortens names of its own registry.
bool is_called(const json& entry, const std::string& wanted) {
  if (annotation_of(entry, kTagAnnotation) == wanted) return true;
  const std::string name = annotation_of(entry, kNameAnnotation);
  return !name.empty() && (name == wanted || name == "docker.io/" + wanted || name == "docker.io/library/" + wanted);
}

std::string list_tags(const json& manifests) {
  std::string tags;
  for (const json& entry : manifests) {
    std::string tag = annotation_of(entry, kTagAnnotation);
    if (tag.empty()) tag = "(untagged)";
    tags += (tags.empty() ? "" : ", ") + base::escape_text(tag, 100);
  }
  return tags.empty() ? "none" : tags;
}

class LayoutStore final : public ContentStore {
 public:
  LayoutStore(std::unique_ptr<ImageFiles> files, std::string tag)
      : files_(std::move(files)), tag_(std::move(tag)), root_(find_root()) {}

  StoredManifest root(std::optional<base::Digest>& expected, const base::Patience& patience) override {
    expected = root_;
    return manifest(root_, patience);
  }

  StoredManifest manifest(const base::Digest& digest, const base::Patience& /*patience*/) override {
    return {.bytes = files_->read(blob_path(digest), kManifestBytesMax), .content_type = ""};
  }

  void blob(const Descriptor& blob, const OnBlobBytes& on_bytes, const base::Patience& patience) override {
    files_->stream(blob_path(blob.digest), on_bytes, patience.stop);
  }

  bool has_blob(const Descriptor& blob, const base::Patience& /*patience*/) override {
    return files_->size(blob_path(blob.digest)) == blob.size;
  }

 private:
  static std::string blob_path(const base::Digest& digest) { return "blobs/sha256/" + digest.hex(); }

  [[nodiscard]] base::Digest find_root() const {
    if (!is_oci_layout(*files_)) {
      throw base::ConfigError(files_->name() + " is not an OCI image layout: it has no oci-layout and index.json");
    }
    const std::string path = files_->name() + "/" + kIndexFile;
    const json index =
        net::parse_json_bounded(files_->read(kIndexFile, kManifestBytesMax), path, {.values_max = kJsonValuesMax});
    if (!index.is_object() || !index.contains("manifests") || !index["manifests"].is_array()) {
      throw base::ParseError(path + ": it has no list of manifests");
    }
    const json& entry = choose(index["manifests"], path);
    const auto digest = entry.is_object() && entry.contains("digest") && entry["digest"].is_string()
                            ? base::Digest::parse(entry["digest"].get<std::string>())
                            : std::optional<base::Digest>();
    if (!digest) throw base::ParseError(path + ": an entry's digest is not sha256: and 64 lower-case hex digits");
    return *digest;
  }

  [[nodiscard]] const json& choose(const json& manifests, const std::string& path) const {
    if (manifests.size() > kIndexEntriesMax) throw base::LimitExceeded(path + ": more than 100 manifests");
    if (tag_.empty()) {
      if (manifests.size() == 1) return manifests.front();
      throw base::ConfigError(path + " has " + std::to_string(manifests.size()) +
                              " images: name one behind a colon, as oci:DIR:TAG; its tags: " + list_tags(manifests));
    }
    const auto found =
        std::find_if(manifests.begin(), manifests.end(), [&](const json& entry) { return is_called(entry, tag_); });
    if (found == manifests.end()) {
      throw base::ConfigError(path + " has no tag " + base::escape_text(tag_, 100) +
                              "; its tags: " + list_tags(manifests));
    }
    return *found;
  }

  const std::unique_ptr<ImageFiles> files_;
  const std::string tag_;
  const base::Digest root_;
};

}  // namespace

bool is_oci_layout(const ImageFiles& files) {
  return files.size("oci-layout") && files.size(kIndexFile);
}

std::unique_ptr<ContentStore> make_oci_layout_store(std::unique_ptr<ImageFiles> files, std::string tag) {
  return std::make_unique<LayoutStore>(std::move(files), std::move(tag));
}

}  // namespace registry
