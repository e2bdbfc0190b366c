#include "base/file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/error.h"

namespace base {

std::string read_file(const std::string& path, std::size_t bytes_max) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (!file) throw ConfigError("read " + path + ": " + std::strerror(errno));
  std::string bytes(bytes_max + 1, '\0');
  const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), file.get());
  if (std::ferror(file.get()) != 0) throw ConfigError("read " + path + ": " + std::strerror(errno));
  if (count > bytes_max) throw ConfigError("read " + path + ": longer than " + std::to_string(bytes_max) + " bytes");
  bytes.resize(count);
  bytes.shrink_to_fit();
  return bytes;
}

}  // namespace base
