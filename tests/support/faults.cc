#include "tests/support/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
}

namespace tests::faults {
namespace {

std::atomic<Call> armed_call = Call::kNone;
std::atomic<long> calls_left = 0;               // until the one that fails
std::atomic<Call> at_first_read = Call::kNone;  // what is armed when standard input is read first

bool fails(Call call) {
  return armed_call.load(std::memory_order_relaxed) == call && calls_left.fetch_sub(1) == 1;
}

std::string order_file() {
  std::array<char, 4096> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  return std::string(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0) + ".faults";
}

// Before main(), as the child has no files behind its sandbox. Its allocations count from its first input on:
// libseccomp never ends when it lacks memory.
[[gnu::constructor]] void take_order() {
  const int file = open(order_file().c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  std::array<char, 32> text{};
  const auto length = syscall(SYS_read, file, text.data(), text.size() - 1);
  close(file);
  if (length < 2) return;
  calls_left = strtol(text.data() + 1, nullptr, 10);
  (text[0] == 'a' ? at_first_read : armed_call) = text[0] == 'a' ? Call::kAllocation : Call::kReadOrWrite;
}

}  // namespace

Armed::Armed(Call call, long number) {
  calls_left = number;
  armed_call = call;
}

Armed::~Armed() {
  armed_call = Call::kNone;
}

bool Armed::fired() const {
  return calls_left <= 0;
}

ArmedChildren::ArmedChildren(Call call, long number) {
  std::ofstream(order_file()) << (call == Call::kAllocation ? 'a' : 'r') << number;
}

ArmedChildren::~ArmedChildren() {
  unlink(order_file().c_str());
}

}  // namespace tests::faults

using tests::faults::Call;

extern "C" {

void* malloc(std::size_t size) {
  if (!tests::faults::fails(Call::kAllocation)) return __libc_malloc(size);
  errno = ENOMEM;
  return nullptr;
}

void* calloc(std::size_t count, std::size_t size) {
  if (!tests::faults::fails(Call::kAllocation)) return __libc_calloc(count, size);
  errno = ENOMEM;
  return nullptr;
}

void* realloc(void* memory, std::size_t size) {
  if (!tests::faults::fails(Call::kAllocation)) return __libc_realloc(memory, size);
  errno = ENOMEM;
  return nullptr;
}

ssize_t read(int file, void* buffer, std::size_t size) {
  if (file == STDIN_FILENO && tests::faults::at_first_read.load() != Call::kNone) {
    tests::faults::armed_call = tests::faults::at_first_read.exchange(Call::kNone);
  }
  if (!tests::faults::fails(Call::kReadOrWrite)) return syscall(SYS_read, file, buffer, size);
  errno = EIO;
  return -1;
}

ssize_t write(int file, const void* buffer, std::size_t size) {
  if (!tests::faults::fails(Call::kReadOrWrite)) return syscall(SYS_write, file, buffer, size);
  errno = EIO;
  return -1;
}

ssize_t writev(int file, const struct iovec* parts, int count) {
  if (!tests::faults::fails(Call::kReadOrWrite)) return syscall(SYS_writev, file, parts, count);
  errno = EIO;
  return -1;
}

}  // extern "C"
