#include "tests/support/test_image.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace tests {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kConfig =
    R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}})";
constexpr const char* kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";

Json descriptor(std::string_view media_type, std::string_view bytes) {
  return {{"mediaType", media_type}, {"digest", base::Digest::of(bytes).text()}, {"size", bytes.size()}};
}

std::string manifest_json(const std::vector<TestLayer>& layers, std::string_view config) {
  Json manifest{{"schemaVersion", 2},
                {"mediaType", kManifestType},
                {"config", descriptor(kConfigType, config)},
                {"layers", Json::array()}};
  for (const TestLayer& layer : layers) manifest["layers"].push_back(descriptor(layer.media_type, layer.bytes));
  return manifest.dump();
}

}  // namespace

MemoryImageSource::MemoryImageSource(std::vector<TestLayer> layers, std::string config)
    : layers_(std::move(layers)),
      config_(config.empty() ? std::string(kConfig) : std::move(config)),
      manifest_{.digest = base::Digest::of(manifest_json(layers_, config_)),
                .media_type = kManifestType,
                .config = {kConfigType, base::Digest::of(config_), config_.size(), {}},
                .layers = {}} {
  for (const TestLayer& layer : layers_) {
    manifest_.layers.push_back({layer.media_type, base::Digest::of(layer.bytes), layer.bytes.size(), {}});
  }
}

registry::ResolvedImage MemoryImageSource::resolve(const std::vector<registry::Platform>& /*wanted*/,
                                                   const base::Patience& /*patience*/) {
  return {.digest = digest(), .manifests = {{{"linux", "amd64", ""}, digest()}}, .skipped = {}};
}

registry::Manifest MemoryImageSource::manifest(const base::Digest& digest, const base::Patience& /*patience*/) {
  if (digest != manifest_.digest) throw base::HttpError("no such manifest", 404);
  return manifest_;
}

void MemoryImageSource::stream_blob(const registry::Descriptor& blob, const registry::OnBlobBytes& on_bytes,
                                    const base::Patience& /*patience*/) {
  if (blob.digest == manifest_.config.digest) {
    ++configs_streamed;
    return on_bytes(std::as_bytes(std::span(config_)));
  }
  const auto layer = std::find_if(layers_.begin(), layers_.end(), [&](const TestLayer& candidate) {
    return base::Digest::of(candidate.bytes) == blob.digest;
  });
  CHECK(layer != layers_.end());
  if (on_layer) on_layer(static_cast<std::size_t>(layer - layers_.begin()));
  const auto bytes = std::as_bytes(std::span(layer->bytes));
  bytes_streamed += bytes.size();
  for (std::size_t begin = 0; begin < bytes.size(); begin += piece_bytes) {
    on_bytes(bytes.subspan(begin, std::min(piece_bytes, bytes.size() - begin)));
  }
}

bool MemoryImageSource::may_pull(const registry::Descriptor& /*blob*/, const base::Patience& /*patience*/) {
  return is_authorised;
}

}  // namespace tests
