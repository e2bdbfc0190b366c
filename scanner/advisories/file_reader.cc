#include "scanner/advisories/file_reader.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace scanner::advisories {

FileReader::FileReader(const std::string& path)
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) throw base::ConfigError(fmt::format("opening {}: {}", path, std::strerror(errno)));
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw base::ConfigError(fmt::format("opening {}: not a regular file", path));
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

FileReader::~FileReader() {
  ::close(descriptor_);
}

std::size_t FileReader::read_some(std::uint64_t offset, std::span<char> buffer) const {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t count =
        ::pread(descriptor_, buffer.data() + done, buffer.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw base::ConfigError(fmt::format("reading {}: {}", path_, std::strerror(errno)));
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

std::string FileReader::read_at(std::uint64_t offset, std::size_t length) const {
  if (offset > size_ || length > size_ - offset) {
    throw base::ParseError(
        fmt::format("reading {}: truncated: bytes {} to {} of {}", path_, offset, offset + length, size_));
  }
  std::string bytes(length, '\0');
  if (read_some(offset, bytes) != length) throw base::ParseError(fmt::format("reading {}: it became shorter", path_));
  return bytes;
}

}  // namespace scanner::advisories
