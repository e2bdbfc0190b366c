#include "tests/support/faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
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
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace tests::faults {
namespace {

std::atomic<Call> armed_call = Call::kNone;
std::atomic<long> calls_left = 0;               // until the one that fails
std::atomic<Call> at_first_read = Call::kNone;  // what is armed when standard input is read first

// An order: a letter, a number, and behind them a byte that a child sets when it has carried it out.
constexpr std::size_t kOrderBytes = 64;
constexpr std::size_t kFiredAt = kOrderBytes - 1;
char* order = nullptr;  // of this child; shared with its parent

bool fails(Call call) {
  const bool is_this = armed_call.load(std::memory_order_relaxed) == call && calls_left.fetch_sub(1) == 1;
  if (is_this && order != nullptr) order[kFiredAt] = '!';
  return is_this;
}

// What a call that fails says.
template <typename Answer>
Answer refused(int error, Answer answer) {
  errno = error;
  return answer;
}

std::string order_file() {
  std::array<char, 4096> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  return std::string(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0) + ".faults";
}

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

using Spawn = int (*)(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*, char* const[],
                      char* const[]);
using OpenStream = FILE* (*)(const char*, const char*);
Spawn real_spawn = nullptr;
OpenStream real_open_stream = nullptr;

// Before main(), as the child has no files behind its sandbox. Its allocations count from its first input on:
// libseccomp never ends when it lacks memory.
[[gnu::constructor]] void take_order() {
  real_spawn = next<Spawn>("posix_spawn");
  real_open_stream = next<OpenStream>("fopen");
  const long file = syscall(SYS_openat, AT_FDCWD, order_file().c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* const shared = mmap(nullptr, kOrderBytes, PROT_READ | PROT_WRITE, MAP_SHARED, static_cast<int>(file), 0);
  close(static_cast<int>(file));
  if (shared == MAP_FAILED) return;
  order = static_cast<char*>(shared);
  calls_left = strtol(order + 1, nullptr, 10);
  (*order == 'a' ? at_first_read : armed_call) = *order == 'a' ? Call::kAllocation : Call::kReadOrWrite;
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
  std::string text = (call == Call::kAllocation ? "a" : "r") + std::to_string(number);
  text.resize(kOrderBytes, '\0');
  std::ofstream(order_file()) << text;
}

ArmedChildren::~ArmedChildren() {
  unlink(order_file().c_str());
}

bool ArmedChildren::fired() const {
  std::ifstream file(order_file());
  file.seekg(kFiredAt);
  return file.get() == '!';
}

}  // namespace tests::faults

using tests::faults::Call;
using tests::faults::fails;
using tests::faults::refused;

extern "C" {

void* malloc(std::size_t size) {
  return fails(Call::kAllocation) ? refused<void*>(ENOMEM, nullptr) : __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  return fails(Call::kAllocation) ? refused<void*>(ENOMEM, nullptr) : __libc_calloc(count, size);
}

void* realloc(void* memory, std::size_t size) {
  return fails(Call::kAllocation) ? refused<void*>(ENOMEM, nullptr) : __libc_realloc(memory, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return fails(Call::kAllocation) ? refused<void*>(ENOMEM, nullptr) : __libc_memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  if (fails(Call::kAllocation)) return ENOMEM;
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

ssize_t read(int file, void* buffer, std::size_t size) {
  if (file == STDIN_FILENO && tests::faults::at_first_read.load() != Call::kNone) {
    tests::faults::armed_call = tests::faults::at_first_read.exchange(Call::kNone);
  }
  return fails(Call::kReadOrWrite) ? refused<ssize_t>(EIO, -1) : syscall(SYS_read, file, buffer, size);
}

ssize_t write(int file, const void* buffer, std::size_t size) {
  return fails(Call::kReadOrWrite) ? refused<ssize_t>(EIO, -1) : syscall(SYS_write, file, buffer, size);
}

ssize_t writev(int file, const struct iovec* parts, int count) {
  return fails(Call::kReadOrWrite) ? refused<ssize_t>(EIO, -1) : syscall(SYS_writev, file, parts, count);
}

int socket(int domain, int type, int protocol) {
  return fails(Call::kSocket) ? refused(EMFILE, -1) : static_cast<int>(syscall(SYS_socket, domain, type, protocol));
}

int connect(int file, const struct sockaddr* address, socklen_t size) {
  return fails(Call::kSocket) ? refused(ECONNREFUSED, -1) : static_cast<int>(syscall(SYS_connect, file, address, size));
}

ssize_t recvfrom(int file, void* buffer, std::size_t size, int flags, struct sockaddr* from, socklen_t* from_size) {
  return fails(Call::kSocket) ? refused<ssize_t>(ECONNRESET, -1)
                              : syscall(SYS_recvfrom, file, buffer, size, flags, from, from_size);
}

ssize_t recv(int file, void* buffer, std::size_t size, int flags) {
  return recvfrom(file, buffer, size, flags, nullptr, nullptr);
}

ssize_t sendto(int file, const void* buffer, std::size_t size, int flags, const struct sockaddr* to,
               socklen_t to_size) {
  return fails(Call::kSocket) ? refused<ssize_t>(ECONNRESET, -1)
                              : syscall(SYS_sendto, file, buffer, size, flags, to, to_size);
}

ssize_t send(int file, const void* buffer, std::size_t size, int flags) {
  return sendto(file, buffer, size, flags, nullptr, 0);
}

ssize_t sendmsg(int file, const struct msghdr* message, int flags) {
  return fails(Call::kSocket) ? refused<ssize_t>(ECONNRESET, -1) : syscall(SYS_sendmsg, file, message, flags);
}

int poll(struct pollfd* files, nfds_t count, int milliseconds) {
  return fails(Call::kSocket) ? refused(ENOMEM, -1) : static_cast<int>(syscall(SYS_poll, files, count, milliseconds));
}

int pipe2(int ends[2], int flags) {
  return fails(Call::kResource) ? refused(EMFILE, -1) : static_cast<int>(syscall(SYS_pipe2, ends, flags));
}

int openat(int folder, const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return fails(Call::kResource) ? refused(EMFILE, -1)
                                : static_cast<int>(syscall(SYS_openat, folder, path, flags, mode));
}

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return openat(AT_FDCWD, path, flags, mode);
}

FILE* fopen(const char* path, const char* mode) {
  if (fails(Call::kResource)) return refused<FILE*>(EMFILE, nullptr);
  return tests::faults::real_open_stream(path, mode);
}

FILE* fopen64(const char* path, const char* mode) {
  return fopen(path, mode);
}

int posix_spawn(pid_t* child, const char* path, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const arguments[], char* const environment[]) {
  if (fails(Call::kResource)) return ENOMEM;
  return tests::faults::real_spawn(child, path, actions, attributes, arguments, environment);
}

}  // extern "C"
