#include "scanner/memory_budget.h"

namespace scanner {

std::optional<MemoryBudget::Share> MemoryBudget::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const std::uint64_t number = ++last_number_;
  waiting_.push_back(number);
  const bool has_turn = changed_.wait(lock, stop, [&] { return free_children_ > 0 && waiting_.front() == number; });
  std::erase(waiting_, number);
  changed_.notify_all();  // whoever is the first now
  if (!has_turn) return std::nullopt;
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
