// Pipes to a child process: their ends as owned descriptors, and writing to one whose reader may be gone.
#pragma once

#include <signal.h>

#include <utility>

namespace base {

// An open file descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

// Both ends are closed on exec. Throws base::Error.
[[nodiscard]] Pipe make_pipe();

// The same of two sockets, each of which goes one way: for what is large. The pages of a pipe come from the kernel anew
// for every 4 KiB, which costs three times what sockets cost, and more in a virtual machine. Where the reader is gone a
// write may also fail with ECONNRESET.
[[nodiscard]] Pipe make_wide_pipe();

// Throws base::Error.
void make_nonblocking(const Descriptor& descriptor);

// While it lives, a write to a pipe without a reader is an error of that write and not a signal that ends the process.
// The signal goes to the writing thread, so it is held back there and taken away. Must end on the thread it began on.
class HeldBackPipeSignal {
 public:
  HeldBackPipeSignal();
  ~HeldBackPipeSignal();
  HeldBackPipeSignal(const HeldBackPipeSignal&) = delete;
  HeldBackPipeSignal& operator=(const HeldBackPipeSignal&) = delete;

 private:
  sigset_t pipe_signal_{};
  sigset_t previous_{};
};

}  // namespace base
