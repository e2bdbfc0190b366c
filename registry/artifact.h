// Artifacts: a file in a registry that is no image, as the one layer of a manifest that says what it is. OCI image
// specification 1.1, manifest.md, "Guidelines for Artifact Usage"; OCI distribution specification 1.1, "Pushing" and
// "Referrers Tag Schema".
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/digest.h"
#include "registry/image_source.h"
#include "registry/registry_client.h"

namespace registry {

struct Artifact {
  std::string type;                                  // "application/vnd.example.thing.v1"
  std::string layer_type;                            // media type of the file
  std::string content{};                             // the file; it is sent as a whole
  std::map<std::string, std::string> annotations{};  // of the manifest
  std::optional<base::Digest> subject{};             // a manifest of the same repository that it is attached to
};

// Stores the artifact and returns its manifest's digest: under the tag of `settings.reference`, or, where it is
// attached to another manifest, by its digest alone and among that one's referrers. What the registry has already is
// not sent. An upload lasts at most 15 minutes. Throws what ImageSource throws, also for a subject that is not there.
[[nodiscard]] base::Digest push_artifact(RegistryClientSettings settings, const Artifact& artifact,
                                         const base::Clock& clock, const std::stop_token& stop);

struct FoundArtifact {
  base::Digest digest;  // of the manifest
  Descriptor layer;
};

// The one layer of what the source's reference names. Throws base::ParseError for what has another number of layers, or
// one of another media type.
[[nodiscard]] FoundArtifact find_artifact(ImageSource& source, std::string_view layer_type,
                                          const std::stop_token& stop);

// The one layer of what the source's reference names, whatever its media type. Throws base::ParseError for what has
// another number of layers, or is an index.
[[nodiscard]] Descriptor find_only_layer(ImageSource& source, const std::stop_token& stop);

// Called with the bytes that were received so far.
using OnReceived = std::function<void(std::uint64_t)>;

// Writes the layer to a new file of mode 0600 and syncs it; its digest has been verified when this returns. Throws
// base::LimitExceeded, before anything is asked for, for a layer of more than `bytes_max`, and base::ConfigError for a
// file that exists or cannot be written.
void fetch_layer(ImageSource& source, const Descriptor& layer, const std::string& path, std::uint64_t bytes_max,
                 const OnReceived& on_received, const std::stop_token& stop);

}  // namespace registry
