#include "base/file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/error.h"

namespace base {

std::string read_file(const std::string& path, std::size_t bytes_max) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (!file) throw ConfigError("read " + path + ": " + std::strerror(errno));
  // In pieces: most files are far smaller than what they may be.
  constexpr std::size_t kPiece = 64 << 10;
  std::string bytes;
  std::size_t count = 0;
  do {
    bytes.resize(count + std::min(kPiece, bytes_max + 1 - count));
    count += std::fread(bytes.data() + count, 1, bytes.size() - count, file.get());
  } while (count == bytes.size() && count <= bytes_max);
  if (std::ferror(file.get()) != 0) throw ConfigError("read " + path + ": " + std::strerror(errno));
  if (count > bytes_max) throw ConfigError("read " + path + ": longer than " + std::to_string(bytes_max) + " bytes");
  bytes.resize(count);
  bytes.shrink_to_fit();
  return bytes;
}

}  // namespace base
