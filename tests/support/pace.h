// Work at a steady rate, as a load has it.
#pragma once

#include <chrono>
#include <thread>

namespace tests {

// Waits for the turn of the piece of work of this number, of so many a second since `start`.
inline void wait_for_turn(std::chrono::steady_clock::time_point start, int number, int a_second) {
  std::this_thread::sleep_until(start + std::chrono::microseconds(1'000'000LL * number / a_second));
}

}  // namespace tests
