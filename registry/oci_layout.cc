#include "registry/oci_layout.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "net/json.h"
#include "registry/limits.h"
#include "registry/verified_image_source.h"

namespace registry {

namespace {

using nlohmann::json;

constexpr const char* kTagAnnotation = "org.opencontainers.image.ref.name";
constexpr std::size_t kReadBytes = 256 << 10;

std::string tag_of(const json& entry) {
  const auto annotations = entry.find("annotations");
  if (annotations == entry.end() || !annotations->is_object()) return {};
  const auto name = annotations->find(kTagAnnotation);
  return name != annotations->end() && name->is_string() ? name->get<std::string>() : std::string();
}

std::string list_tags(const json& manifests) {
  std::string tags;
  for (const json& entry : manifests) {
    tags += (tags.empty() ? "" : ", ") + base::escape_text(tag_of(entry).empty() ? "(untagged)" : tag_of(entry), 100);
  }
  return tags.empty() ? "none" : tags;
}

class LayoutStore final : public ContentStore {
 public:
  explicit LayoutStore(const OciLayoutReference& reference) : reference_(reference), root_(find_root()) {}

  StoredManifest root(std::optional<base::Digest>& expected, std::stop_token stop) override {
    expected = root_;
    return manifest(root_, std::move(stop));
  }

  StoredManifest manifest(const base::Digest& digest, std::stop_token /*stop*/) override {
    return {.bytes = base::read_file(blob_path(digest), kManifestBytesMax), .content_type = ""};
  }

  void blob(const Descriptor& blob, const OnBlobBytes& on_bytes, std::stop_token stop) override {
    std::ifstream file(blob_path(blob.digest), std::ios::binary);
    if (!file) throw base::ConfigError("OCI layout: cannot open " + blob_path(blob.digest));
    std::vector<char> buffer(kReadBytes);
    while (file && !stop.stop_requested()) {
      file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
      on_bytes(std::as_bytes(std::span(buffer.data(), static_cast<std::size_t>(file.gcount()))));
    }
    if (stop.stop_requested()) throw base::NetworkError("reading " + blob_path(blob.digest) + ": stopped");
    if (file.bad()) throw base::ConfigError("OCI layout: cannot read " + blob_path(blob.digest));
  }

 private:
  [[nodiscard]] std::string blob_path(const base::Digest& digest) const {
    return reference_.directory + "/blobs/sha256/" + digest.hex();
  }

  [[nodiscard]] base::Digest find_root() const {
    const std::string path = reference_.directory + "/index.json";
    if (!std::filesystem::exists(reference_.directory + "/oci-layout") || !std::filesystem::exists(path)) {
      throw base::ConfigError(reference_.directory +
                              " is not an OCI image layout: it has no oci-layout and index.json");
    }
    const json index = net::parse_json_bounded(base::read_file(path, kManifestBytesMax), path);
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
    if (reference_.tag.empty()) {
      if (manifests.size() == 1) return manifests.front();
      throw base::ConfigError(path + " has " + std::to_string(manifests.size()) +
                              " images: name one as oci:DIR:TAG; its tags: " + list_tags(manifests));
    }
    const auto found = std::find_if(manifests.begin(), manifests.end(),
                                    [&](const json& entry) { return tag_of(entry) == reference_.tag; });
    if (found == manifests.end()) {
      throw base::ConfigError(path + " has no tag " + base::escape_text(reference_.tag, 100) +
                              "; its tags: " + list_tags(manifests));
    }
    return *found;
  }

  const OciLayoutReference reference_;
  const base::Digest root_;
};

}  // namespace

OciLayoutReference parse_oci_layout_reference(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool has_tag = colon != std::string_view::npos && text.find('/', colon) == std::string_view::npos;
  return {.directory = std::string(has_tag ? text.substr(0, colon) : text),
          .tag = has_tag ? std::string(text.substr(colon + 1)) : std::string()};
}

std::unique_ptr<ImageSource> make_oci_layout_source(const OciLayoutReference& reference) {
  return make_verified_source(std::make_unique<LayoutStore>(reference));
}

}  // namespace registry
