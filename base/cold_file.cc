#include "base/cold_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <mutex>
#include <optional>

#include "base/block_map.h"
#include "base/error.h"
#include "base/log.h"
#include "base/output_file.h"

namespace base {
namespace {

constexpr std::size_t kBlock = 256;

// It never has a name, so that nothing is left behind however the process ends. Filesystems that know no such files
// give one whose name is removed at once.
int make_file(const std::string& directory) {
  make_own_directory(directory);
  const int nameless = open(directory.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (nameless >= 0) return nameless;
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
    const bool has_room = place + bytes.size() <= bytes_max_;
    const int failure = has_room ? write_at(bytes, place) : 0;
    if (has_room && failure == 0) return place;
    give_back(place, bytes.size());
    tell(failure);
    return std::nullopt;
  }

  // The bytes that are there, as far as they can be read.
  [[nodiscard]] std::string read(std::uint64_t place, std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
      const ssize_t count = pread(descriptor_, bytes.data() + done, size - done, static_cast<off_t>(place + done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    bytes.resize(done);
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

  void tell(int failure) {
    if (told_.exchange(true)) return;
    if (failure == 0) {
      log(LogLevel::kInfo, "the file for what need not stay in memory is full; the rest stays there",
          {{"directory", directory_}, {"bytes", static_cast<std::int64_t>(bytes_max_)}});
    } else {
      log(LogLevel::kWarning, "disk refuses what need not stay in memory; it stays there",
          {{"directory", directory_}, {"error", std::string_view(std::strerror(failure))}});
    }
  }

  const std::string directory_;
  const std::uint64_t bytes_max_;
  const int descriptor_;
  mutable std::mutex mutex_;
  BlockMap blocks_;  // guarded by mutex_
  std::atomic<bool> told_ = false;
};

ColdBytes::ColdBytes(std::string bytes) : bytes_(std::move(bytes)) {}
ColdBytes::ColdBytes(std::shared_ptr<ColdSpace> space, std::uint64_t place, std::string_view bytes)
    : space_(std::move(space)), place_(place), size_(bytes.size()), hash_(std::hash<std::string_view>{}(bytes)) {}
ColdBytes::~ColdBytes() {
  if (space_) space_->give_back(place_, size_);
}

std::string ColdBytes::read() const {
  if (!space_) return bytes_;
  std::string bytes = space_->read(place_, size_);
  CHECK(std::hash<std::string_view>{}(bytes) == hash_ && "a disk gives back what was written to it");
  return bytes;
}

ColdFile::ColdFile(const std::string& directory, std::uint64_t bytes_max)
    : space_(std::make_shared<ColdSpace>(directory, bytes_max)) {}
ColdFile::~ColdFile() = default;

std::shared_ptr<const ColdBytes> ColdFile::keep(std::string bytes) {
  const std::optional<std::uint64_t> place = space_->write(bytes);
  return place ? std::make_shared<const ColdBytes>(space_, *place, bytes)
               : std::make_shared<const ColdBytes>(std::move(bytes));
}

std::uint64_t ColdFile::size() const {
  return space_->size();
}

}  // namespace base
