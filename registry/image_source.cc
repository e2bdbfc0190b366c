#include "registry/image_source.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"

namespace registry {

namespace {

bool is_platform_part(std::string_view part) {
  return !part.empty() && part.size() <= 64 && std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

// "arm64" and "arm64/v8" are the same machine: containerd's normal form has no variant.
std::string normal_variant(const Platform& platform) {
  return platform.architecture == "arm64" && platform.variant == "v8" ? std::string() : platform.variant;
}

}  // namespace

std::string Platform::text() const {
  return os + "/" + architecture + (variant.empty() ? "" : "/" + variant);
}

Platform parse_platform(std::string_view text) {
  const auto refuse = [text] {
    throw base::ParseError("platform \"" + base::escape_text(text, 100) +
                           "\": it must be like linux/amd64 or linux/arm/v7");
  };
  const std::size_t first = text.find('/');
  if (first == std::string_view::npos) refuse();
  const std::string_view rest = text.substr(first + 1);
  const std::size_t second = rest.find('/');
  Platform platform{.os = std::string(text.substr(0, first)),
                    .architecture = std::string(rest.substr(0, second)),
                    .variant = second == std::string_view::npos ? "" : std::string(rest.substr(second + 1))};
  const bool variant_ok = second == std::string_view::npos || is_platform_part(platform.variant);
  if (!is_platform_part(platform.os) || !is_platform_part(platform.architecture) || !variant_ok) refuse();
  return platform;
}

bool runs_on(const Platform& image, const Platform& node) {
  const std::string image_variant = normal_variant(image);
  const std::string node_variant = normal_variant(node);
  return image.os == node.os && image.architecture == node.architecture &&
         (image_variant.empty() || node_variant.empty() || image_variant == node_variant);
}

std::string read_blob(ImageSource& source, const Descriptor& blob, std::uint64_t bytes_max,
                      const base::Patience& patience) {
  if (blob.size > bytes_max) {
    throw base::LimitExceeded("blob " + blob.digest.text() + ": " + std::to_string(blob.size) + " bytes, at most " +
                              std::to_string(bytes_max) + " are read");
  }
  std::string bytes;
  source.stream_blob(
      blob,
      [&bytes](std::span<const std::byte> piece) {
        bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
      },
      patience);
  return bytes;
}

}  // namespace registry
