// Counts an image's bytes as they arrive, and tells who wants to see it.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace scanner {

struct ScanProgress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
  std::string stage;  // "fetch", "extract"
};
using OnProgress = std::function<void(const ScanProgress&)>;

// Thread-safe; `on_progress` is called by one thread at a time and must outlive this.
class FetchProgress {
 public:
  FetchProgress(std::uint64_t bytes_total, const OnProgress& on_progress);

  // More than the total is not told: a layer that is read twice arrives twice.
  void add(std::uint64_t bytes);
  void extracting();

 private:
  const OnProgress& on_progress_;
  std::mutex mutex_;
  ScanProgress progress_;  // guarded by mutex_
};

}  // namespace scanner
