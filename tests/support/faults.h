// Makes one call of this process fail: the n-th allocation, or the n-th read or write. A program that links this has
// its allocations and its system calls counted. A sandboxed child that is this program takes its order from a file,
// since it has no environment and no arguments of its own.
#pragma once

#include <filesystem>

namespace tests::faults {

enum class Call { kNone, kAllocation, kReadOrWrite };

// While it lives, the `number`-th such call (1 is the next) of any thread fails once; the other calls are as ever.
class Armed {
 public:
  Armed(Call call, long number);
  ~Armed();
  Armed(const Armed&) = delete;
  Armed& operator=(const Armed&) = delete;
  // Whether that many calls were made.
  [[nodiscard]] bool fired() const;
};

// The same in every child of this program that starts while it lives.
class ArmedChildren {
 public:
  ArmedChildren(Call call, long number);
  ~ArmedChildren();
  ArmedChildren(const ArmedChildren&) = delete;
  ArmedChildren& operator=(const ArmedChildren&) = delete;
};

}  // namespace tests::faults
