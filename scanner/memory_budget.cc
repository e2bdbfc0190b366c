#include "scanner/memory_budget.h"

#include <algorithm>

#include "base/error.h"
#include "scanner/worker/child_process.h"

namespace scanner {

MemoryBudget::MemoryBudget(std::uint64_t bytes)
    : free_children_(static_cast<std::size_t>(std::max<std::uint64_t>(1, bytes / kChildBytes))) {}

MemoryBudget::Share MemoryBudget::take(base::SteadyTime deadline, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const std::uint64_t number = ++last_number_;
  waiting_.push_back(number);
  const bool has_turn =
      changed_.wait_until(lock, stop, deadline, [&] { return free_children_ > 0 && waiting_.front() == number; });
  std::erase(waiting_, number);
  changed_.notify_all();  // whoever is the first now
  if (!has_turn) {
    if (stop.stop_requested()) throw base::NetworkError("stopped");
    throw worker::WorkerTimeout("no memory was free for it in time");
  }
  --free_children_;
  return Share(*this);
}

std::size_t MemoryBudget::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void MemoryBudget::give_back() {
  const std::lock_guard lock(mutex_);
  ++free_children_;
  changed_.notify_all();
}

}  // namespace scanner
