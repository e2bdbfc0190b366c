#include "registry/artifact.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "base/output_file.h"
#include "registry/registry_session.h"

namespace registry {
namespace {

constexpr std::string_view kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kEmptyType = "application/vnd.oci.empty.v1+json";
constexpr std::string_view kEmptyConfig = "{}";
constexpr std::chrono::minutes kUploadTimeout{15};

// One repository to write to.
class Upload {
 public:
  Upload(RegistryClientSettings settings, const base::Clock& clock, std::stop_token stop)
      : session_(std::move(settings), clock), repository_(session_.reference().repository), stop_(std::move(stop)) {}

  void blob(const std::string& content, const base::Digest& digest) {
    if (session_.ask({.method = "HEAD", .path = repository_ + "/blobs/" + digest.text()}, stop_).status == 200) return;
    const std::string uploads = repository_ + "/blobs/uploads/";
    const net::HttpResponse begun = session_.get({.method = "POST", .path = uploads}, stop_);
    const auto location = net::find_header(begun.headers, "Location");
    if (!location) throw base::ParseError("registry: an upload without a Location");
    std::string target = session_.target_of(uploads, *location);
    target += (target.find('?') == std::string::npos ? "?" : "&");
    target += "digest=" + net::percent_encode(digest.text());
    static_cast<void>(session_.get({.method = "PUT",
                                    .path = std::move(target),
                                    .body = content,
                                    .content_type = "application/octet-stream",
                                    .total_timeout = kUploadTimeout,
                                    .follow = false},
                                   stop_));
  }

  void manifest(const std::string& content) {
    static_cast<void>(session_.get({.method = "PUT",
                                    .path = repository_ + "/manifests/" + session_.reference().tag,
                                    .body = content,
                                    .content_type = std::string(kManifestType),
                                    .follow = false},
                                   stop_));
  }

 private:
  RegistrySession session_;
  const std::string repository_;
  const std::stop_token stop_;
};

nlohmann::ordered_json descriptor(std::string_view media_type, std::string_view content) {
  return {{"mediaType", media_type}, {"digest", base::Digest::of(content).text()}, {"size", content.size()}};
}

std::string manifest_of(const Artifact& artifact) {
  nlohmann::ordered_json manifest{{"schemaVersion", 2},
                                  {"mediaType", kManifestType},
                                  {"artifactType", artifact.type},
                                  {"config", descriptor(kEmptyType, kEmptyConfig)},
                                  {"layers", {descriptor(artifact.layer_type, artifact.content)}}};
  if (!artifact.annotations.empty()) manifest["annotations"] = artifact.annotations;
  return manifest.dump();
}

}  // namespace

base::Digest push_artifact(RegistryClientSettings settings, const Artifact& artifact, const base::Clock& clock,
                           const std::stop_token& stop) {
  settings.access = Access::kPush;
  Upload upload(std::move(settings), clock, stop);
  upload.blob(artifact.content, base::Digest::of(artifact.content));
  upload.blob(std::string(kEmptyConfig), base::Digest::of(kEmptyConfig));
  const std::string manifest = manifest_of(artifact);
  upload.manifest(manifest);
  return base::Digest::of(manifest);
}

namespace {

FoundArtifact only_layer_of(ImageSource& source, const std::stop_token& stop) {
  const base::Digest digest = source.resolve({}, stop).digest;
  const Manifest manifest = source.manifest(digest, stop);
  if (manifest.layers.size() != 1) {
    throw base::ParseError("manifest " + digest.text() + ": " + std::to_string(manifest.layers.size()) +
                           " layers, where one is expected");
  }
  return {.digest = digest, .layer = manifest.layers.front()};
}

}  // namespace

FoundArtifact find_artifact(ImageSource& source, std::string_view layer_type, const std::stop_token& stop) {
  const FoundArtifact found = only_layer_of(source, stop);
  if (found.layer.media_type != layer_type) {
    throw base::ParseError("manifest " + found.digest.text() + ": a layer of type " +
                           base::escape_text(found.layer.media_type, 100) + ", where " + std::string(layer_type) +
                           " is expected");
  }
  return found;
}

Descriptor find_only_layer(ImageSource& source, const std::stop_token& stop) {
  return only_layer_of(source, stop).layer;
}

void fetch_layer(ImageSource& source, const Descriptor& layer, const std::string& path, std::uint64_t bytes_max,
                 const OnReceived& on_received, const std::stop_token& stop) {
  if (layer.size > bytes_max) {
    throw base::LimitExceeded("blob " + layer.digest.text() + ": " + std::to_string(layer.size) +
                              " bytes, and at most " + std::to_string(bytes_max) + " are taken");
  }
  base::OutputFile file(path, 0600);
  std::uint64_t received = 0;
  source.stream_blob(
      layer,
      [&](std::span<const std::byte> bytes) {
        file.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        received += bytes.size();
        if (on_received) on_received(received);
      },
      stop);
  file.sync();
}

}  // namespace registry
