// Key-value pairs sorted on disk: memory stays within a bound however many there are.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace scanner::advisories {

// Not thread-safe.
class SortedRuns {
 public:
  // Runs are unnamed files in `directory`; they are gone when the process ends, however it ends. At most about
  // `memory_bytes` of pairs are held.
  SortedRuns(std::string directory, std::size_t memory_bytes);
  ~SortedRuns();
  SortedRuns(SortedRuns&&) noexcept;

  // Throws base::ConfigError when the disk is full.
  void add(std::string key, std::string value);

  // Every pair by key, then value; equal pairs once. Once only.
  void for_each(const std::function<void(std::string_view key, std::string_view value)>& use);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace scanner::advisories
