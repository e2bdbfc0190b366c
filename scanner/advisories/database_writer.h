// Writes sorted keys into a new, unsigned database file.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace scanner::advisories {

// Not thread-safe.
class DatabaseWriter {
 public:
  // Throws base::ConfigError when `path` exists or cannot be made.
  explicit DatabaseWriter(const std::string& path);
  ~DatabaseWriter();

  // Keys must rise. Throws base::ConfigError when the disk is full.
  void append(std::string_view key, std::string_view value);
  // Commits and syncs. Nothing may be appended after it.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scanner::advisories
