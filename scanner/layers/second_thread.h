// A thread that is there before it is needed: a sandboxed process may start none.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

namespace scanner::layers {

// Runs one task at a time. Owned by one thread, which gives it the tasks and outlives them.
class SecondThread {
 public:
  // Returns when the thread runs. Throws std::system_error where none can be had.
  SecondThread();
  // Waits for the task at hand.
  ~SecondThread() = default;
  SecondThread(const SecondThread&) = delete;
  SecondThread& operator=(const SecondThread&) = delete;

  // Begins a task; the one before it must have ended. get() of what it returns waits for the end, and throws what the
  // task threw.
  [[nodiscard]] std::future<void> begin(std::function<void()> task);

 private:
  void run(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_running_ = false;
  std::packaged_task<void()> task_;  // that waits to be begun
  std::jthread thread_;
};

}  // namespace scanner::layers
