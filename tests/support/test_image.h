// An image for tests in memory, which tells the truth unless it is asked to lie.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/image_source.h"

namespace tests {

inline constexpr std::string_view kTarLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr std::string_view kGzipLayer = "application/vnd.oci.image.layer.v1.tar+gzip";

struct TestLayer {
  std::string bytes;
  std::string media_type = std::string(kGzipLayer);
};

// As thread-safe as every ImageSource.
class MemoryImageSource final : public registry::ImageSource {
 public:
  // `config` empty: one of linux/amd64 that says nothing of layers.
  explicit MemoryImageSource(std::vector<TestLayer> layers, std::string config = {});

  [[nodiscard]] const base::Digest& digest() const { return manifest_.digest; }
  // Called before the bytes of a layer are handed out, by the thread that gets them; may throw.
  std::function<void(std::size_t layer)> on_layer = {};
  // Handed out in pieces of this size.
  std::size_t piece_bytes = 16 << 10;
  // How often the config was handed out.
  std::atomic<int> configs_streamed = 0;
  // What may_pull() says.
  bool is_authorised = true;
  // Of layers, handed out so far.
  std::atomic<std::uint64_t> bytes_streamed = 0;

  [[nodiscard]] registry::ResolvedImage resolve(const std::vector<registry::Platform>& wanted,
                                                const base::Patience& patience) override;
  [[nodiscard]] registry::Manifest manifest(const base::Digest& digest, const base::Patience& patience) override;
  void stream_blob(const registry::Descriptor& blob, const registry::OnBlobBytes& on_bytes,
                   const base::Patience& patience) override;
  [[nodiscard]] bool may_pull(const registry::Descriptor& blob, const base::Patience& patience) override;

 private:
  std::vector<TestLayer> layers_;
  std::string config_;
  registry::Manifest manifest_;
};

}  // namespace tests
