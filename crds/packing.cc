// The only file of this folder that includes zstd.
#include "crds/packing.h"

#include <fmt/core.h>
#include <zstd.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/base64.h"
#include "base/error.h"
#include "crds/columns.h"

namespace crds {

namespace {

constexpr int kCompressionLevel = 19;

std::string compress(std::string_view bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kCompressionLevel);
  CHECK(ZSTD_isError(size) == 0);
  packed.resize(size);
  return packed;
}

// The frame says its size; that word is checked before a byte is allocated for it.
std::string decompress(std::string_view packed) {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
    throw base::ParseError("packed field: not zstd");
  if (size > kPackedBytesMax) {
    throw base::LimitExceeded(
        fmt::format("packed field: {} bytes unpacked, at most {} are read", size, kPackedBytesMax));
  }
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size()) != bytes.size()) {
    throw base::ParseError("packed field: damaged zstd data");
  }
  return bytes;
}

}  // namespace

std::string pack_json(const nlohmann::json& value) {
  return base::encode_base64(
      compress(to_columns(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
}

std::string unpack_json(std::string_view packed) {
  const std::optional<std::string> bytes = base::decode_base64(packed);
  if (!bytes) throw base::ParseError("packed field: not base64");
  return expand_columns(decompress(*bytes));
}

}  // namespace crds
