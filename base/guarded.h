// A value and the mutex that protects it: the value can be reached only while the mutex is held.
#pragma once

#include <mutex>
#include <utility>

namespace base {

// Guarded<T> is for state that several threads change; state that is replaced whole is better shared as an immutable
// snapshot (std::shared_ptr<const T>).
template <typename T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  // Calls `use(T&)` with the mutex held and returns its answer. Must not be nested.
  template <typename Use>
  decltype(auto) with(Use&& use) {
    std::lock_guard lock(mutex_);
    return std::forward<Use>(use)(value_);
  }

  template <typename Use>
  decltype(auto) with(Use&& use) const {
    std::lock_guard lock(mutex_);
    return std::forward<Use>(use)(static_cast<const T&>(value_));
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace base
