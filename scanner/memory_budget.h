// The memory that the children of a process may take together: each has its share before it starts, and waits for it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <utility>

#include "base/clock.h"

namespace scanner {

// Thread-safe. Who waits for a share holds none, so that nobody waits for ever.
class MemoryBudget {
 public:
  // What one child takes at most: the hostile images of the tests are read within it.
  static constexpr std::uint64_t kChildBytes = std::uint64_t{256} << 20;

  // Room for one child at least.
  explicit MemoryBudget(std::uint64_t bytes);

  // Of one child, while it lives.
  class Share {
   public:
    Share() = default;  // of no budget
    explicit Share(MemoryBudget& budget) : budget_(&budget) {}
    Share(Share&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)) {}
    Share& operator=(Share&&) = delete;
    ~Share() {
      if (budget_ != nullptr) budget_->give_back();
    }

   private:
    MemoryBudget* budget_ = nullptr;
  };

  // Waits for its turn, in the order of asking. Throws worker::WorkerTimeout past the deadline and base::NetworkError
  // "stopped" on a stop request.
  [[nodiscard]] Share take(base::SteadyTime deadline, const std::stop_token& stop);
  // How many wait now.
  [[nodiscard]] std::size_t waiting() const;

 private:
  void give_back();

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::size_t free_children_;          // guarded by mutex_
  std::deque<std::uint64_t> waiting_;  // guarded by mutex_
  std::uint64_t last_number_ = 0;      // guarded by mutex_
};

}  // namespace scanner
