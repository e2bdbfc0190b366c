#include "scanner/advisories/output_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"

namespace scanner::advisories {

namespace {

// An open descriptor; errors name the path.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags, mode_t mode)
      : path_(path), number_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {
    check(number_ >= 0);
  }
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void write(std::string_view content) const {
    while (!content.empty()) {
      const ssize_t count = ::write(number_, content.data(), content.size());
      if (count < 0 && errno == EINTR) continue;
      check(count >= 0);
      content.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void set_mode(mode_t mode) const { check(::fchmod(number_, mode) == 0); }
  void sync() const { check(::fsync(number_) == 0); }

 private:
  void check(bool succeeded) const {
    if (!succeeded) throw base::ConfigError(fmt::format("writing {}: {}", path_, std::strerror(errno)));
  }
  std::string path_;
  int number_;
};

}  // namespace

void write_new_file(const std::string& path, std::string_view content, mode_t mode) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  file.set_mode(mode);
  file.write(content);
  file.sync();
}

void append_to_file(const std::string& path, std::string_view content) {
  const Descriptor file(path, O_WRONLY | O_APPEND, 0);
  file.write(content);
  file.sync();
}

void replace_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    throw base::ConfigError(fmt::format("renaming {} to {}: {}", from, to, std::strerror(errno)));
  }
  const std::string directory = std::filesystem::path(to).parent_path();
  Descriptor(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY, 0).sync();
}

TemporaryFile::TemporaryFile(std::string path) : path_(std::move(path)) {
  ::unlink(path_.c_str());
}

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

void TemporaryFile::keep_as(const std::string& path) {
  replace_file(path_, path);
  path_.clear();
}

}  // namespace scanner::advisories
