#include "scanner/layers/second_thread.h"

#include <utility>

namespace scanner::layers {

SecondThread::SecondThread() : thread_([this](const std::stop_token& stop) { run(stop); }) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_running_; });
}

std::future<void> SecondThread::begin(std::function<void()> task) {
  std::packaged_task<void()> packaged(std::move(task));
  std::future<void> end = packaged.get_future();
  {
    const std::lock_guard lock(mutex_);
    task_ = std::move(packaged);
  }
  changed_.notify_all();
  return end;
}

void SecondThread::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  is_running_ = true;
  changed_.notify_all();
  while (changed_.wait(lock, stop, [this] { return task_.valid(); })) {
    std::packaged_task<void()> task = std::exchange(task_, {});
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace scanner::layers
