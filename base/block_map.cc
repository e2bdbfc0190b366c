#include "base/block_map.h"

#include <iterator>

namespace base {

std::uint64_t BlockMap::take(std::uint64_t count) {
  const auto found = by_count_.lower_bound({count, 0});
  if (found == by_count_.end()) {
    const std::uint64_t first = end_;
    end_ += count;
    return first;
  }
  const auto [free, first] = *found;
  remove(count_by_first_.find(first));
  if (free > count) add(first + count, free - count);
  return first;
}

void BlockMap::give_back(std::uint64_t first, std::uint64_t count) {
  const auto next = count_by_first_.lower_bound(first);
  if (next != count_by_first_.end() && next->first == first + count) {
    count += next->second;
    remove(next);
  }
  const auto behind = count_by_first_.lower_bound(first);
  if (behind != count_by_first_.begin()) {
    const auto before = std::prev(behind);
    if (before->first + before->second == first) {
      first = before->first;
      count += before->second;
      remove(before);
    }
  }
  if (first + count == end_) {
    end_ = first;
  } else {
    add(first, count);
  }
}

void BlockMap::add(std::uint64_t first, std::uint64_t count) {
  count_by_first_.emplace(first, count);
  by_count_.emplace(count, first);
}

void BlockMap::remove(Piece piece) {
  by_count_.erase({piece->second, piece->first});
  count_by_first_.erase(piece);
}

}  // namespace base
