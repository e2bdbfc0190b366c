// A fixed number of threads that run scans, and a short queue before them. What finds no place is refused, so that the
// caller's own queue, which knows priorities, stays the only long one.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace scanner::server {

struct SlotCounts {
  std::size_t busy = 0;
  std::size_t queued = 0;
};

// Thread-safe. Jobs must not throw; their stop token is triggered by stop().
class ScanSlots {
 public:
  using Job = std::function<void(std::stop_token stop)>;

  ScanSlots(std::size_t slots, std::size_t queue_max);
  ~ScanSlots() { stop(); }
  ScanSlots(const ScanSlots&) = delete;
  ScanSlots& operator=(const ScanSlots&) = delete;

  enum class Outcome { kAccepted, kFull };
  enum class WhenBusy { kQueue, kRefuse };  // what becomes of a job while every slot is taken
  [[nodiscard]] Outcome submit(Job job, WhenBusy when_busy = WhenBusy::kQueue);
  [[nodiscard]] SlotCounts counts() const;

  // Asks running jobs to stop, runs queued ones with a triggered token so that each gets its end, and joins.
  void stop();

 private:
  void run();

  const std::size_t queue_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;  // guarded by mutex_
  std::size_t busy_ = 0;   // guarded by mutex_
  bool stopped_ = false;   // guarded by mutex_
  std::stop_source stop_;
  std::vector<std::jthread> threads_;
};

}  // namespace scanner::server
