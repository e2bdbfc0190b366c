#include "registry/artifact.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "base/output_file.h"
#include "net/json.h"
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

Json descriptor(std::string_view media_type, std::string_view content) {
  return {{"mediaType", media_type}, {"digest", base::Digest::of(content).text()}, {"size", content.size()}};
}

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

// `subject`: its descriptor, or null.
std::string manifest_of(const Artifact& artifact, Json subject) {
  Json manifest{{"schemaVersion", 2},
                {"mediaType", kManifestType},
                {"artifactType", artifact.type},
                {"config", descriptor(kEmptyType, kEmptyConfig)},
                {"layers", {descriptor(artifact.layer_type, artifact.content)}}};
  if (!subject.is_null()) manifest["subject"] = std::move(subject);
  if (!artifact.annotations.empty()) manifest["annotations"] = artifact.annotations;
  return manifest.dump();
}

}  // namespace

base::Digest push_artifact(RegistryClientSettings settings, const Artifact& artifact, const base::Clock& clock,
                           const std::stop_token& stop) {
  settings.access = Access::kPush;
  const std::string tag = settings.reference.tag;
  Upload upload(std::move(settings), clock, stop);
  const Json subject = artifact.subject ? upload.subject(*artifact.subject) : Json();
  upload.blob(artifact.content, base::Digest::of(artifact.content));
  upload.blob(std::string(kEmptyConfig), base::Digest::of(kEmptyConfig));
  const std::string manifest = manifest_of(artifact, subject);
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
