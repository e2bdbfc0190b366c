#include "registry/artifact.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/byte_source.h"
#include "base/error.h"
#include "net/json.h"
#include "registry/content_chunks.h"
#include "registry/limits.h"
#include "registry/manifest.h"
#include "registry/registry_session.h"

namespace registry {
namespace {

constexpr std::string_view kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kEmptyType = "application/vnd.oci.empty.v1+json";
constexpr std::string_view kEmptyConfig = "{}";
constexpr std::string_view kIndexType = "application/vnd.oci.image.index.v1+json";
constexpr std::chrono::minutes kUploadTimeout{15};
constexpr int kNotFound = 404;

using Json = nlohmann::ordered_json;

Json descriptor(std::string_view media_type, const base::Digest& digest, std::uint64_t size) {
  return {{"mediaType", media_type}, {"digest", digest.text()}, {"size", size}};
}

Json descriptor(std::string_view media_type, std::string_view content) {
  return descriptor(media_type, base::Digest::of(content), content.size());
}

// One repository to write to.
class Upload {
 public:
  Upload(RegistryClientSettings settings, const base::Clock& clock, std::stop_token stop)
      : session_(std::move(settings), clock), repository_(session_.reference().repository), stop_(std::move(stop)) {}

  // Whether it had to be sent.
  bool blob(std::string_view content, const base::Digest& digest) {
    const std::string path = repository_ + "/blobs/" + digest.text();
    if (session_.ask({.method = "HEAD", .path = path}, stop_).status == 200) return false;
    const std::string uploads = repository_ + "/blobs/uploads/";
    const net::HttpResponse begun = session_.get({.method = "POST", .path = uploads}, stop_);
    const auto location = net::find_header(begun.headers, "Location");
    if (!location) throw base::ParseError("registry: an upload without a Location");
    std::string target = session_.target_of(uploads, *location);
    target += (target.find('?') == std::string::npos ? "?" : "&");
    target += "digest=" + net::percent_encode(digest.text());
    static_cast<void>(session_.get({.method = "PUT",
                                    .path = std::move(target),
                                    .body = std::string(content),
                                    .content_type = "application/octet-stream",
                                    .total_timeout = kUploadTimeout,
                                    .follow = false},
                                   stop_));
    return true;
  }

  net::HttpResponse manifest(const std::string& content, std::string_view media_type, const std::string& name) {
    return session_.get({.method = "PUT",
                         .path = repository_ + "/manifests/" + name,
                         .body = content,
                         .content_type = std::string(media_type),
                         .follow = false},
                        stop_);
  }

  // Of the manifest that something is to be attached to.
  [[nodiscard]] Json subject(const base::Digest& digest) {
    const std::string path = repository_ + "/manifests/" + digest.text();
    const net::HttpResponse answer = session_.get({.path = path, .accept = std::string(manifest_media_types())}, stop_);
    if (base::Digest::of(answer.body) != digest) {
      throw base::ParseError("registry: " + path + " answered another manifest");
    }
    return descriptor(net::find_header(answer.headers, "Content-Type").value_or(std::string(kManifestType)),
                      answer.body);
  }

  // For registries without the referrers API: the list is an index under a tag, kept by whoever attaches something. Two
  // that do so at once may lose one of theirs; the specification has no better.
  void list_under_tag(const base::Digest& subject, const Json& attached) {
    const std::string tag = "sha256-" + subject.hex();
    const net::HttpResponse known =
        session_.ask({.path = repository_ + "/manifests/" + tag, .accept = std::string(manifest_media_types())}, stop_);
    if (known.status / 100 != 2 && known.status != kNotFound) session_.fail(repository_ + "/manifests/" + tag, known);
    // Sorted, not ordered as it came: an ordered object looks at all its keys for each that it reads.
    nlohmann::json index{{"schemaVersion", 2}, {"mediaType", kIndexType}, {"manifests", nlohmann::json::array()}};
    if (known.status != kNotFound) {
      static_cast<void>(parse_referrers(known.body, subject));  // what is no such list is not overwritten
      index = nlohmann::json::parse(known.body);
    }
    nlohmann::json& manifests = index["manifests"];
    const std::string digest = attached.at("digest");
    const auto is_same = [&](const nlohmann::json& one) { return net::text_at(one, "digest") == digest; };
    if (std::ranges::any_of(manifests, is_same)) return;
    manifests.push_back(nlohmann::json(attached));
    static_cast<void>(manifest(index.dump(), kIndexType, tag));
  }

 private:
  RegistrySession session_;
  const std::string repository_;
  const std::stop_token stop_;
};

std::vector<Chunk> layers_of(const Artifact& artifact) {
  const std::string& content = artifact.content;
  if (!artifact.in_chunks) return {{.digest = base::Digest::of(content), .offset = 0, .size = content.size()}};
  std::vector<Chunk> chunks = chunks_of(base::MemorySource("artifact", content), chunk_sizes(content.size()));
  if (chunks.size() > kLayersMax) {
    throw base::LimitExceeded("artifact: a file of " + std::to_string(content.size()) + " bytes is " +
                              std::to_string(chunks.size()) + " layers, and at most " + std::to_string(kLayersMax) +
                              " are read");
  }
  return chunks;
}

// `subject`: its descriptor, or null.
std::string manifest_of(const Artifact& artifact, const std::vector<Chunk>& layers, Json subject) {
  Json descriptors = Json::array();
  for (const Chunk& layer : layers) descriptors.push_back(descriptor(artifact.layer_type, layer.digest, layer.size));
  Json manifest{{"schemaVersion", 2},
                {"mediaType", kManifestType},
                {"artifactType", artifact.type},
                {"config", descriptor(kEmptyType, kEmptyConfig)},
                {"layers", std::move(descriptors)}};
  if (!subject.is_null()) manifest["subject"] = std::move(subject);
  if (!artifact.annotations.empty()) manifest["annotations"] = artifact.annotations;
  return manifest.dump();
}

}  // namespace

base::Digest push_artifact(RegistryClientSettings settings, const Artifact& artifact, const base::Clock& clock,
                           const std::stop_token& stop, const OnStored& on_stored) {
  settings.access = Access::kPush;
  const std::string tag = settings.reference.tag;
  const std::vector<Chunk> layers = layers_of(artifact);
  Upload upload(std::move(settings), clock, stop);
  const Json subject = artifact.subject ? upload.subject(*artifact.subject) : Json();
  for (const Chunk& layer : layers) {
    const std::string_view bytes = std::string_view(artifact.content).substr(layer.offset, layer.size);
    const bool was_sent = upload.blob(bytes, layer.digest);
    if (on_stored) on_stored(layer.size, was_sent);
  }
  upload.blob(kEmptyConfig, base::Digest::of(kEmptyConfig));
  const std::string manifest = manifest_of(artifact, layers, subject);
  const base::Digest digest = base::Digest::of(manifest);
  const net::HttpResponse stored = upload.manifest(manifest, kManifestType, artifact.subject ? digest.text() : tag);
  // A registry that has the referrers API says so.
  if (artifact.subject && !net::find_header(stored.headers, "OCI-Subject")) {
    Json listed = descriptor(kManifestType, manifest);
    listed["artifactType"] = artifact.type;
    if (!artifact.annotations.empty()) listed["annotations"] = artifact.annotations;
    upload.list_under_tag(*artifact.subject, listed);
  }
  return digest;
}

Descriptor find_only_layer(ImageSource& source, const std::stop_token& stop) {
  const base::Digest digest = source.resolve({}, stop).digest;
  const Manifest manifest = source.manifest(digest, stop);
  if (manifest.layers.size() != 1) {
    throw base::ParseError("manifest " + digest.text() + ": " + std::to_string(manifest.layers.size()) +
                           " layers, where one is expected");
  }
  return manifest.layers.front();
}

}  // namespace registry
