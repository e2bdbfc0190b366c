#include "scanner/fetch_progress.h"

#include <algorithm>

#include "base/limits.h"

namespace scanner {

FetchProgress::FetchProgress(std::uint64_t bytes_total, const OnProgress& on_progress) : on_progress_(on_progress) {
  progress_.bytes_total = bytes_total;
}

void FetchProgress::add(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  progress_.stage = "fetch";
  progress_.bytes_done = std::min(progress_.bytes_total, base::add_saturating(progress_.bytes_done, bytes));
  if (on_progress_) on_progress_(progress_);
}

void FetchProgress::extracting() {
  const std::lock_guard lock(mutex_);
  progress_.stage = "extract";
  if (on_progress_) on_progress_(progress_);
}

}  // namespace scanner
