// Files that are written whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include <sys/types.h>

namespace base {

// A new file that is being written. Throws ConfigError, which names the path, when it exists or cannot be written.
class OutputFile {
 public:
  // With exactly this mode.
  OutputFile(std::string path, mode_t mode);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view content);
  // After which the content outlives a crash.
  void sync();

 private:
  std::string path_;
  int descriptor_;
};

// Makes a new file with exactly this mode. Throws ConfigError when it exists or cannot be written.
void write_new_file(const std::string& path, std::string_view content, mode_t mode);

// Adds to the end of a file and syncs it.
void append_to_file(const std::string& path, std::string_view content);

// Renames within one directory and syncs the directory, so that after a crash there is the old file or the new one.
void replace_file(const std::string& from, const std::string& to);

// Makes the directory and those above it, where they are missing, and closes it to everybody else. Throws ConfigError,
// which names it, when it cannot be made.
void make_own_directory(const std::string& path);

// A file that is removed again unless it was kept.
class TemporaryFile {
 public:
  // `path` does not exist yet; what a killed process left under that name is removed.
  explicit TemporaryFile(std::string path);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  // Gives the file its lasting name.
  void keep_as(const std::string& path);

 private:
  std::string path_;
};

// A directory of its own below TMPDIR, with what was put into it; removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace base
