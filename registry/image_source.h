// Where an image's bytes come from: a registry or an OCI layout on disk. docs/formats/ and the OCI image specification.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/image_reference.h"
#include "base/patience.h"

namespace registry {

struct Platform {
  std::string os{};
  std::string architecture{};
  std::string variant{};
  // "linux/arm64/v8"
  [[nodiscard]] std::string text() const;
  auto operator<=>(const Platform&) const = default;
};
// Throws base::ParseError.
[[nodiscard]] Platform parse_platform(std::string_view text);
// Whether an image for `image` runs on a node that is `node` (an empty variant of either matches all).
[[nodiscard]] bool runs_on(const Platform& image, const Platform& node);

struct Descriptor {
  std::string media_type{};
  base::Digest digest;
  std::uint64_t size = 0;
  std::optional<Platform> platform{};
  bool operator==(const Descriptor&) const = default;
};

// One platform's manifest (OCI or Docker v2s2).
struct Manifest {
  base::Digest digest;
  std::string media_type;
  Descriptor config;
  std::vector<Descriptor> layers{};       // base first
  std::optional<base::Digest> subject{};  // the manifest that this one is attached to
};

// Something that a repository says is attached to a manifest.
struct Referrer {
  base::Digest digest;        // of its own manifest
  std::string artifact_type;  // may be empty
};

struct Referrers {
  std::vector<Referrer> list{};
  bool complete = true;  // false: there are more than are read (limits.h)
};

// What a reference resolved to: its own digest, and the manifests below it by platform (one without an index).
struct ResolvedImage {
  base::Digest digest;
  struct Entry {
    Platform platform;
    base::Digest digest;
    std::vector<Descriptor> layers{};  // as the manifest names them, base first
  };
  std::vector<Entry> manifests{};      // those that run on a wanted platform
  std::vector<std::string> skipped{};  // "sha256:... (unknown/unknown): attestation", for a person
  bool is_artifact = false;            // a signature, a chart, a list: what the reference names is no container image
};

using OnBlobBytes = std::function<void(std::span<const std::byte> bytes)>;

// Reads one repository's content. Every manifest and blob is verified by digest and size; a lie is a base::ParseError
// that names it. Throws base::HttpError (401, 403, 404, 429, ...), base::NetworkError (also when patience is at its
// end), base::LimitExceeded.
// One source a scan; stream_blob() and may_pull() may be called by several threads at once, the others by one.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  // Resolves tag or digest to platform manifests, by a GET of each manifest's own bytes of the wanted platforms
  // (empty: all).
  [[nodiscard]] virtual ResolvedImage resolve(const std::vector<Platform>& wanted, const base::Patience& patience) = 0;
  [[nodiscard]] virtual Manifest manifest(const base::Digest& digest, const base::Patience& patience) = 0;
  // Streams the blob's bytes as stored (compressed); the digest is verified when the last one has been handed over, so
  // a consumer must not trust them before this returns. Small ones (image configs) go to a string by read_blob().
  virtual void stream_blob(const Descriptor& blob, const OnBlobBytes& on_bytes, const base::Patience& patience) = 0;
  // Whether this repository's owner would hand out the blob to whoever asks here, which is what allows to use what is
  // known of it already. False where the store does not say; then stream_blob() tells why. Throws base::NetworkError.
  [[nodiscard]] virtual bool may_pull(const Descriptor& blob, const base::Patience& patience) = 0;
  // What is attached to the manifest, by the repository's word. A store that knows of no attachments has none, by this
  // function and the next.
  [[nodiscard]] virtual Referrers referrers(const base::Digest& /*manifest*/, const base::Patience& /*patience*/) {
    return {};
  }
  // What cosign keeps beside the manifest, under the tag "sha256-<its hex digits><ending>"; nullopt: nothing.
  [[nodiscard]] virtual std::optional<Manifest> tagged_attachment(const base::Digest& /*manifest*/,
                                                                  std::string_view /*ending*/,
                                                                  const base::Patience& /*patience*/) {
    return std::nullopt;
  }
  // The manifests of an index that run nowhere and are, by the index's word, attestations of this other one.
  [[nodiscard]] virtual std::vector<base::Digest> attestations(const base::Digest& /*index*/,
                                                               const base::Digest& /*manifest*/,
                                                               const base::Patience& /*patience*/) {
    return {};
  }
};

// The whole blob as a string; throws base::LimitExceeded past `bytes_max`.
[[nodiscard]] std::string read_blob(ImageSource& source, const Descriptor& blob, std::uint64_t bytes_max,
                                    const base::Patience& patience);

}  // namespace registry
