#include "scanner/server/scan_slots.h"

#include "base/error.h"

namespace scanner::server {

ScanSlots::ScanSlots(std::size_t slots, std::size_t queue_max) : queue_max_(queue_max) {
  CHECK(slots > 0);
  for (std::size_t index = 0; index < slots; ++index) threads_.emplace_back([this] { run(); });
}

// A free slot is a place, too: the queue counts only what waits.
ScanSlots::Outcome ScanSlots::submit(Job job, WhenBusy when_busy) {
  const std::lock_guard lock(mutex_);
  const std::size_t free_slots = threads_.size() - busy_;
  const std::size_t places = free_slots + (when_busy == WhenBusy::kQueue ? queue_max_ : 0);
  if (stopped_ || queue_.size() >= places) return Outcome::kFull;
  queue_.push_back(std::move(job));
  changed_.notify_one();
  return Outcome::kAccepted;
}

SlotCounts ScanSlots::counts() const {
  const std::lock_guard lock(mutex_);
  return {.busy = busy_, .queued = queue_.size()};
}

void ScanSlots::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    stop_.request_stop();
    changed_.notify_all();
  }
  threads_.clear();
}

void ScanSlots::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopped_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    ++busy_;
    lock.unlock();
    job(stop_.get_token());
    job = nullptr;  // what it holds goes before the slot counts as free
    lock.lock();
    --busy_;
  }
}

}  // namespace scanner::server
