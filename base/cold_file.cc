#include "base/cold_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>

#include "base/block_map.h"
#include "base/error.h"
#include "base/log.h"
#include "base/output_file.h"

namespace base {
namespace {

constexpr std::size_t kBlock = 256;

// Removed at once, so that nothing is left behind however the process ends.
int make_file(const std::string& directory) {
  make_own_directory(directory);
  std::string path = directory + "/cold-XXXXXX";
  const int descriptor = mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) throw ConfigError("make a file in " + directory + ": " + std::strerror(errno));
  unlink(path.c_str());
  return descriptor;
}

}  // namespace

// The open file and what is free of it: lives as long as a value that is in it.
class ColdSpace {
 public:
  ColdSpace(std::string directory, std::uint64_t bytes_max)
      : directory_(std::move(directory)), bytes_max_(bytes_max), descriptor_(make_file(directory_)) {}
  ~ColdSpace() { close(descriptor_); }
  ColdSpace(const ColdSpace&) = delete;
  ColdSpace& operator=(const ColdSpace&) = delete;

  // Where the bytes are; nullopt when they could not be written.
  [[nodiscard]] std::optional<std::uint64_t> write(std::string_view bytes) {
    const std::uint64_t place = take(bytes.size());
    const int failure = place + bytes.size() > bytes_max_ ? EFBIG : write_at(bytes, place);
    note(failure);
    if (failure == 0) return place;
    give_back(place, bytes.size());
    return std::nullopt;
  }

  [[nodiscard]] std::string read(std::uint64_t place, std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
      const ssize_t count = pread(descriptor_, bytes.data() + done, size - done, static_cast<off_t>(place + done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        throw ParseError("read back from a file in " + directory_ + ": " +
                         (count < 0 ? std::strerror(errno) : "it ends too early"));
      }
      done += static_cast<std::size_t>(count);
    }
    return bytes;
  }

  void give_back(std::uint64_t place, std::size_t size) {
    const std::lock_guard lock(mutex_);
    blocks_.give_back(place / kBlock, blocks_of(size));
  }

  [[nodiscard]] std::uint64_t size() const {
    const std::lock_guard lock(mutex_);
    return blocks_.end() * kBlock;
  }

 private:
  static std::uint64_t blocks_of(std::size_t size) { return size / kBlock + 1; }

  std::uint64_t take(std::size_t size) {
    const std::lock_guard lock(mutex_);
    return blocks_.take(blocks_of(size)) * kBlock;
  }

  // 0 or the errno.
  [[nodiscard]] int write_at(std::string_view bytes, std::uint64_t place) const {
    while (!bytes.empty()) {
      const ssize_t count = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(place));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno;
      bytes.remove_prefix(static_cast<std::size_t>(count));
      place += static_cast<std::uint64_t>(count);
    }
    return 0;
  }

  // Said when it begins and when it ends, and not for each value.
  void note(int failure) {
    const std::lock_guard lock(mutex_);
    if (failure == failure_) return;
    if (failure != 0) {
      log(LogLevel::kWarning, "disk refuses, so that more stays in memory",
          {{"directory", directory_}, {"error", std::string(std::strerror(failure))}});
    } else {
      log(LogLevel::kInfo, "disk takes again what need not stay in memory", {{"directory", directory_}});
    }
    failure_ = failure;
  }

  const std::string directory_;
  const std::uint64_t bytes_max_;
  const int descriptor_;
  mutable std::mutex mutex_;
  BlockMap blocks_;  // guarded by mutex_
  int failure_ = 0;  // errno of the last write; guarded by mutex_
};

ColdBytes::ColdBytes(std::string bytes) : bytes_(std::move(bytes)) {}
ColdBytes::ColdBytes(std::shared_ptr<ColdSpace> space, std::uint64_t place, std::size_t size)
    : space_(std::move(space)), place_(place), size_(size) {}
ColdBytes::~ColdBytes() {
  if (space_) space_->give_back(place_, size_);
}

std::string ColdBytes::read() const {
  return space_ ? space_->read(place_, size_) : bytes_;
}

ColdFile::ColdFile(const std::string& directory, std::uint64_t bytes_max)
    : space_(std::make_shared<ColdSpace>(directory, bytes_max)) {}
ColdFile::~ColdFile() = default;

std::shared_ptr<const ColdBytes> ColdFile::keep(std::string bytes) {
  const std::optional<std::uint64_t> place = space_->write(bytes);
  return place ? std::make_shared<const ColdBytes>(space_, *place, bytes.size())
               : std::make_shared<const ColdBytes>(std::move(bytes));
}

std::uint64_t ColdFile::size() const {
  return space_->size();
}

}  // namespace base
