// Compresses what a test reads back: by zlib and libzstd, which are not what layers are read with (gzip) or the same
// library's other half (zstd).
#pragma once

#include <string>
#include <string_view>

namespace tests {

[[nodiscard]] std::string gzip(std::string_view text);
// A zlib stream, at this level.
[[nodiscard]] std::string zlib(std::string_view text, int level = 6);
[[nodiscard]] std::string zstd(std::string_view text, int window_log = 0);

}  // namespace tests
