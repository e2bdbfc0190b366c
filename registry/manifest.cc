#include "registry/manifest.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"
#include "net/json.h"
#include "registry/limits.h"

namespace registry {

namespace {

using nlohmann::json;

constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
constexpr std::string_view kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr std::string_view kAcceptAll =
    "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";
constexpr std::size_t kMediaTypeBytesMax = 256;

enum class Shape { kManifest, kIndex, kUnknown };

Shape shape_of(std::string_view media_type) {
  if (media_type == kOciManifest || media_type == kDockerManifest) return Shape::kManifest;
  if (media_type == kOciIndex || media_type == kDockerList) return Shape::kIndex;
  return Shape::kUnknown;
}

[[noreturn]] void refuse(const std::string& place, const std::string& why) {
  throw base::ParseError(place + ": " + why);
}

const json& member(const json& object, const char* name, const std::string& place) {
  if (!object.is_object()) refuse(place, "not a JSON object");
  const auto found = object.find(name);
  if (found == object.end()) refuse(place, std::string("\"") + name + "\" is missing");
  return *found;
}

std::string text_or_empty(const json& object, const char* name, const std::string& place) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string()) refuse(place, std::string("\"") + name + "\" is not a string");
  std::string text = found->get<std::string>();
  if (text.size() > kMediaTypeBytesMax) refuse(place, std::string("\"") + name + "\" is longer than 256 bytes");
  return text;
}

std::optional<Platform> read_platform(const json& descriptor, const std::string& place) {
  const auto found = descriptor.find("platform");
  if (found == descriptor.end() || found->is_null()) return std::nullopt;
  if (!found->is_object()) refuse(place, "\"platform\" is not an object");
  return Platform{.os = text_or_empty(*found, "os", place),
                  .architecture = text_or_empty(*found, "architecture", place),
                  .variant = text_or_empty(*found, "variant", place)};
}

base::Digest read_digest(const json& text, const std::string& place) {
  const auto digest =
      text.is_string() ? base::Digest::parse(text.get_ref<const std::string&>()) : std::optional<base::Digest>();
  if (!digest) refuse(place, "the digest is not sha256: and 64 lower-case hex digits");
  return *digest;
}

Descriptor read_descriptor(const json& object, const std::string& place) {
  const base::Digest digest = read_digest(member(object, "digest", place), place);
  const json& size = member(object, "size", place);
  if (!size.is_number_unsigned()) refuse(place, "the size is not a whole number");
  return {.media_type = text_or_empty(object, "mediaType", place),
          .digest = digest,
          .size = size.get<std::uint64_t>(),
          .platform = read_platform(object, place)};
}

const json& list_member(const json& object, const char* name, std::size_t entries_max, const std::string& place) {
  const json& list = member(object, name, place);
  if (!list.is_array()) refuse(place, std::string("\"") + name + "\" is not a list");
  if (list.size() > entries_max) {
    throw base::LimitExceeded(place + ": " + std::to_string(list.size()) + " " + name + ", at most " +
                              std::to_string(entries_max) + " are read");
  }
  return list;
}

Manifest read_manifest(const json& object, const base::Digest& digest, const std::string& place) {
  Manifest manifest{.digest = digest,
                    .media_type = text_or_empty(object, "mediaType", place),
                    .config = read_descriptor(member(object, "config", place), place + ", config"),
                    .layers = {},
                    .subject = {}};
  if (const auto subject = object.find("subject"); subject != object.end() && subject->is_object()) {
    manifest.subject = read_descriptor(*subject, place + ", subject").digest;
  }
  for (const json& layer : list_member(object, "layers", kLayersMax, place)) {
    manifest.layers.push_back(read_descriptor(layer, place + ", layer " + std::to_string(manifest.layers.size() + 1)));
  }
  return manifest;
}

// Only what no container runtime would pick may be skipped. Runtimes pick by the platform alone: annotations and media
// types are hints that an attacker could put on the entry that runs.
std::string skip_reason(const Descriptor& descriptor) {
  const bool is_unknown_type = !descriptor.media_type.empty() && shape_of(descriptor.media_type) == Shape::kUnknown;
  if (descriptor.platform) {
    const bool runs_nowhere = descriptor.platform->os == "unknown" && descriptor.platform->architecture == "unknown";
    return runs_nowhere ? "attestation" : "";
  }
  return is_unknown_type ? "unknown media type " + base::escape_text(descriptor.media_type, 100) : "";
}

// A hint, which decides nothing about what runs: one that cannot be read is none.
std::optional<base::Digest> attested_by(const json& entry) {
  const json& annotations = net::object_at(entry, "annotations");
  if (net::text_at(annotations, "vnd.docker.reference.type") != "attestation-manifest") return std::nullopt;
  return base::Digest::parse(net::text_at(annotations, "vnd.docker.reference.digest"));
}

ImageIndex read_index(const json& object, const base::Digest& digest, const std::string& place) {
  ImageIndex index{.digest = digest, .entries = {}};
  for (const json& entry : list_member(object, "manifests", kIndexEntriesMax, place)) {
    Descriptor descriptor = read_descriptor(entry, place + ", entry " + std::to_string(index.entries.size() + 1));
    std::string reason = skip_reason(descriptor);
    index.entries.push_back(
        {.descriptor = std::move(descriptor), .skip_reason = std::move(reason), .attests = attested_by(entry)});
  }
  return index;
}

// What the document is, by what it says and by its fields; both must agree, or two readers would see two images.
Shape judge_shape(const json& object, std::string_view content_type, const std::string& place) {
  if (!object.is_object()) refuse(place, "not a JSON object");
  const auto version = object.find("schemaVersion");
  if (version != object.end() && *version == 1) {
    refuse(place, "Docker manifest schema 1 is not supported; push the image again with a current tool");
  }
  const bool has_layers = object.contains("layers") || object.contains("config");
  const bool has_manifests = object.contains("manifests");
  if (has_layers == has_manifests) refuse(place, "it must be either an image manifest or an index");
  const Shape by_fields = has_layers ? Shape::kManifest : Shape::kIndex;
  const Shape by_media_type = shape_of(text_or_empty(object, "mediaType", place));
  const Shape by_header = shape_of(content_type.substr(0, content_type.find(';')));
  for (const Shape said : {by_media_type, by_header}) {
    if (said != Shape::kUnknown && said != by_fields) refuse(place, "its media type and its fields disagree");
  }
  return by_fields;
}

json parse_document(std::string_view bytes, const std::string& place, std::size_t bytes_max) {
  if (bytes.size() > bytes_max) {
    throw base::LimitExceeded(place + ": larger than " + std::to_string(bytes_max) + " bytes");
  }
  return net::parse_json_bounded(bytes, place, {.values_max = kJsonValuesMax});
}

// Null for what is no object. Only single fields are used: of two equal keys elsewhere the last wins, as in every
// container runtime.
json read_config(std::string_view bytes, const std::string& place) {
  if (bytes.size() > kConfigBytesMax) throw base::LimitExceeded(place + ": larger than 8 MiB");
  if (!json::accept(bytes)) return nullptr;
  json config = net::parse_json_bounded(
      bytes, place, {.duplicate_keys = net::DuplicateKeys::kLastWins, .values_max = kJsonValuesMax});
  return config.is_object() ? config : json(nullptr);
}

}  // namespace

std::string_view manifest_media_types() {
  return kAcceptAll;
}

std::variant<Manifest, ImageIndex> parse_manifest(std::string_view bytes, const base::Digest& digest,
                                                  std::string_view content_type) {
  const std::string place = "manifest " + digest.text();
  const json document = parse_document(bytes, place, kManifestBytesMax);
  if (judge_shape(document, content_type, place) == Shape::kIndex) return read_index(document, digest, place);
  return read_manifest(document, digest, place);
}

Referrers parse_referrers(std::string_view bytes, const base::Digest& manifest) {
  const std::string place = "referrers of " + manifest.text();
  const json document = parse_document(bytes, place, kManifestBytesMax);
  const json& list = member(document, "manifests", place);
  if (!list.is_array()) refuse(place, "\"manifests\" is not a list");
  Referrers referrers;
  for (const json& entry : list) {
    if (referrers.list.size() == kReferrersMax) return {.list = std::move(referrers.list), .complete = false};
    referrers.list.push_back(
        {.digest = read_descriptor(entry, place).digest, .artifact_type = text_or_empty(entry, "artifactType", place)});
  }
  return referrers;
}

std::optional<Platform> find_config_platform(std::string_view bytes, const base::Digest& digest) {
  const std::string place = "image config " + digest.text();
  const json config = read_config(bytes, place);
  if (config.is_null()) return std::nullopt;
  Platform platform{.os = text_or_empty(config, "os", place),
                    .architecture = text_or_empty(config, "architecture", place),
                    .variant = text_or_empty(config, "variant", place)};
  if (platform.os.empty() || platform.architecture.empty()) return std::nullopt;
  return platform;
}

std::vector<base::Digest> config_diff_ids(std::string_view bytes, const base::Digest& digest) {
  const std::string place = "image config " + digest.text();
  const json config = read_config(bytes, place);
  std::vector<base::Digest> diff_ids;
  for (const json& text : list_member(member(config, "rootfs", place), "diff_ids", kLayersMax, place)) {
    const std::string here = place + ", diff_id " + std::to_string(diff_ids.size() + 1);
    diff_ids.push_back(read_digest(text, here));
  }
  return diff_ids;
}

std::optional<base::SystemTime> config_created_at(std::string_view bytes, const base::Digest& digest) {
  const std::string place = "image config " + digest.text();
  const json config = read_config(bytes, place);
  return config.is_null() ? std::nullopt : base::parse_rfc3339(text_or_empty(config, "created", place));
}

}  // namespace registry
