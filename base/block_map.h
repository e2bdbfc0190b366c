// Which blocks of a file are taken: the smallest free piece that is large enough is given, and what comes back is
// joined with its neighbours.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace base {

// Not thread-safe.
class BlockMap {
 public:
  // The first of `count` blocks, count > 0.
  [[nodiscard]] std::uint64_t take(std::uint64_t count);
  void give_back(std::uint64_t first, std::uint64_t count);
  // Behind the last block that is taken.
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  using Piece = std::map<std::uint64_t, std::uint64_t>::iterator;
  void add(std::uint64_t first, std::uint64_t count);
  void remove(Piece piece);

  std::map<std::uint64_t, std::uint64_t> count_by_first_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> by_count_;  // count, first
  std::uint64_t end_ = 0;
};

}  // namespace base
