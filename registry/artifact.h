// Artifacts: a file in a registry that is no image, as the layers of a manifest that says what it is. OCI image
// specification 1.1, manifest.md, "Guidelines for Artifact Usage"; OCI distribution specification 1.1, "Pushing" and
// "Referrers Tag Schema". artifact_file.h fetches one.
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
  std::string layer_type;                            // media type of each layer
  std::string content{};                             // the file
  bool in_chunks = false;                            // its layers are its content_chunks.h; false: it is one layer
  std::map<std::string, std::string> annotations{};  // of the manifest
  std::optional<base::Digest> subject{};             // a manifest of the same repository that it is attached to
};

// Called for each layer that the registry has now.
using OnStored = std::function<void(std::uint64_t bytes, bool was_sent)>;

// Stores the artifact and returns its manifest's digest: under the tag of `settings.reference`, or, where it is
// attached to another manifest, by its digest alone and among that one's referrers. What the registry has already is
// not sent. An upload lasts at most 15 minutes. Throws what ImageSource throws, also for a subject that is not there,
// and base::LimitExceeded, before anything is sent, for more layers than are read (limits.h).
[[nodiscard]] base::Digest push_artifact(RegistryClientSettings settings, const Artifact& artifact,
                                         const base::Clock& clock, const std::stop_token& stop,
                                         const OnStored& on_stored = {});

// The one layer of what the source's reference names, whatever its media type. Throws base::ParseError for what has
// another number of layers, or is an index.
[[nodiscard]] Descriptor find_only_layer(ImageSource& source, const std::stop_token& stop);

}  // namespace registry
