// The memory of a scanner's children. Each scan has room for one, so that none waits for another's registry; what there
// is beyond that is lent to whichever scan has more layers to read.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace scanner {

// Thread-safe.
class MemoryBudget {
 public:
  // What one child is counted as: with the budgets that layers have by default it takes no more.
  static constexpr std::uint64_t kChildBytes = std::uint64_t{256} << 20;

  // Room for so many children beside the first of each scan.
  explicit MemoryBudget(std::size_t children) : free_children_(children) {}

  // Of one child, while it lives.
  class Share {
   public:
    explicit Share(MemoryBudget& budget) : budget_(&budget) {}
    Share(Share&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      return *this;
    }
    ~Share() {
      if (budget_ != nullptr) budget_->give_back();
    }

   private:
    MemoryBudget* budget_;
  };

  // Waits for its turn, in the order of asking; nullopt on a stop request.
  [[nodiscard]] std::optional<Share> take(const std::stop_token& stop);
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
