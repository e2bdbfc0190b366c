#include "base/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <system_error>

#include "base/error.h"

namespace base {
namespace {

[[noreturn]] void refuse(std::string_view what) {
  throw Error(fmt::format("pipe to a child: {}: {}", what, std::generic_category().message(errno)));
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) refuse("cannot make a pipe");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Pipe make_wide_pipe() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) refuse("cannot make a pair of sockets");
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  if (shutdown(ends[0], SHUT_WR) != 0) refuse("cannot make a socket go one way");
  return pipe;
}

void make_nonblocking(const Descriptor& descriptor) {
  if (fcntl(descriptor.number(), F_SETFL, O_NONBLOCK) != 0) refuse("cannot set up a pipe");
}

HeldBackPipeSignal::HeldBackPipeSignal() {
  sigemptyset(&pipe_signal_);
  sigaddset(&pipe_signal_, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal_, &previous_);
}

HeldBackPipeSignal::~HeldBackPipeSignal() {
  constexpr timespec kNow{0, 0};
  if (sigismember(&previous_, SIGPIPE) == 0) {
    while (sigtimedwait(&pipe_signal_, nullptr, &kNow) > 0) continue;
  }
  pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}

}  // namespace base
