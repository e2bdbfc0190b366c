#include "scanner/inventory/rpm/rpm_database.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "scanner/inventory/limits.h"

namespace scanner::inventory {

void RpmHeaderBudget::take(std::size_t bytes) {
  // One that is empty, or cannot be read, costs something, too.
  constexpr std::size_t kBytesMin = 16;
  const std::size_t taken = std::max(std::min(bytes, kRpmHeaderBytesMax), kBytesMin);
  is_spent_ = taken > left_;
  if (is_spent_) throw base::LimitExceeded("headers that lie upon each other");
  left_ -= taken;
  if (bytes > kRpmHeaderBytesMax) {
    throw base::LimitExceeded(fmt::format("a header of {} bytes, at most {} are read", bytes, kRpmHeaderBytesMax));
  }
}

}  // namespace scanner::inventory
