// Waiting for what another thread or process brings about, without a fixed time.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace tests {

// Asks every 10 ms until `done` holds; false when it does not within `limit`.
[[nodiscard]] inline bool eventually(const std::function<bool()>& done,
                                     std::chrono::seconds limit = std::chrono::seconds(30)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace tests
