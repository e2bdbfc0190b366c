// Equal values kept once: what thousands of objects have in common takes the memory of one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <set>
#include <utility>

namespace base {

// T is ordered by operator<. share() is for one thread; what it gives out may be read and dropped on any.
template <typename T>
class ValuePool {
 public:
  // The same pointer for equal values for as long as somebody holds it.
  [[nodiscard]] std::shared_ptr<const T> share(T value) {
    const auto known = values_.find(value);
    if (known != values_.end()) return *known;
    // Each sweep looks at all, so it comes when there are twice as many as the last one left.
    if (values_.size() >= sweep_at_) {
      std::erase_if(values_, [](const Pointer& held) { return held.use_count() == 1; });
      sweep_at_ = std::max(kSweepMin, 2 * values_.size());
    }
    return *values_.insert(std::make_shared<const T>(std::move(value))).first;
  }

  // Values that are kept, those that nobody holds any more included.
  [[nodiscard]] std::size_t size() const { return values_.size(); }

 private:
  using Pointer = std::shared_ptr<const T>;
  struct ByValue {
    using is_transparent = void;
    static const T& value(const T& one) { return one; }
    static const T& value(const Pointer& one) { return *one; }
    template <typename Left, typename Right>
    bool operator()(const Left& left, const Right& right) const {
      return value(left) < value(right);
    }
  };
  static constexpr std::size_t kSweepMin = 64;

  std::set<Pointer, ByValue> values_;
  std::size_t sweep_at_ = kSweepMin;
};

}  // namespace base
