// Makes one call of this process fail: the n-th allocation, the n-th read or write, or the n-th of what else it asks of
// the system. A program that links this has its allocations and those of its calls counted that go by the C library's
// names: what that library calls itself is none of them. A sandboxed child that is this program takes its order from a
// file, since it has no environment and no arguments of its own.
#pragma once

#include <filesystem>

namespace tests::faults {

enum class Call {
  kNone,
  kAllocation,   // malloc, calloc, realloc, posix_memalign, aligned_alloc
  kReadOrWrite,  // read, write, writev
  kSocket,       // socket, connect, recv, recvfrom, send, sendto, sendmsg, poll
  kResource,     // open, openat, fopen, pipe2, posix_spawn
};

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
  // Whether one of them made that many.
  [[nodiscard]] bool fired() const;
};

}  // namespace tests::faults
