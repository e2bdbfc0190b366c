#include "base/output_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/error.h"

namespace base {

namespace {

void check(bool succeeded, const std::string& path) {
  if (!succeeded) throw ConfigError(fmt::format("writing {}: {}", path, std::strerror(errno)));
}

int open_descriptor(const std::string& path, int flags, mode_t mode) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  check(descriptor >= 0, path);
  return descriptor;
}

void write_all(int descriptor, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t count = ::write(descriptor, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    check(count >= 0, path);
    content.remove_prefix(static_cast<std::size_t>(count));
  }
}

// Closed when it goes.
class Opened {
 public:
  Opened(const std::string& path, int flags) : path_(path), descriptor_(open_descriptor(path, flags, 0)) {}
  ~Opened() { ::close(descriptor_); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

  void append(std::string_view content) const { write_all(descriptor_, content, path_); }
  void sync() const { check(::fsync(descriptor_) == 0, path_); }

 private:
  std::string path_;
  int descriptor_;
};

}  // namespace

OutputFile::OutputFile(std::string path, mode_t mode)
    : path_(std::move(path)), descriptor_(open_descriptor(path_, O_WRONLY | O_CREAT | O_EXCL, mode)) {
  ::fchmod(descriptor_, mode);  // what the umask took away
}

OutputFile::~OutputFile() {
  ::close(descriptor_);
}

void OutputFile::write(std::string_view content) {
  write_all(descriptor_, content, path_);
}

void OutputFile::sync() {
  check(::fsync(descriptor_) == 0, path_);
}

void write_new_file(const std::string& path, std::string_view content, mode_t mode) {
  OutputFile file(path, mode);
  file.write(content);
  file.sync();
}

void append_to_file(const std::string& path, std::string_view content) {
  const Opened file(path, O_WRONLY | O_APPEND);
  file.append(content);
  file.sync();
}

void replace_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    throw ConfigError(fmt::format("renaming {} to {}: {}", from, to, std::strerror(errno)));
  }
  const std::string directory = std::filesystem::path(to).parent_path();
  Opened(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY).sync();
}

void make_own_directory(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  if (error) throw ConfigError(fmt::format("making directory {}: {}", path, error.message()));
}

TemporaryFile::TemporaryFile(std::string path) : path_(std::move(path)) {
  ::unlink(path_.c_str());
}

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

TemporaryDirectory::TemporaryDirectory()
    : path_((std::filesystem::temp_directory_path() / "pratique-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) {
    throw ConfigError(fmt::format("making directory {}: {}", path_, std::strerror(errno)));
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TemporaryFile::keep_as(const std::string& path) {
  replace_file(path_, path);
  path_.clear();
}

}  // namespace base
