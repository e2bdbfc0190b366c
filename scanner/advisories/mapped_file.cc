#include "scanner/advisories/mapped_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/pipe.h"

namespace scanner::advisories {
namespace {

[[noreturn]] void fail(const std::string& path) {
  throw base::ConfigError(fmt::format("mapping {}: {}", path, std::generic_category().message(errno)));
}

}  // namespace

MappedFile::MappedFile(const std::string& path, std::uint64_t bytes) {
  CHECK(bytes > 0);
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts {};
  if (file.number() < 0 || ::fstat(file.number(), &facts) != 0) fail(path);
  // A page past the file's end would be a SIGBUS.
  if (static_cast<std::uint64_t>(facts.st_size) < bytes) {
    throw base::ParseError(fmt::format("mapping {}: truncated", path));
  }
  void* const start = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.number(), 0);
  if (start == MAP_FAILED) fail(path);
  bytes_ = {static_cast<const char*>(start), bytes};
}

MappedFile::~MappedFile() {
  ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace scanner::advisories
