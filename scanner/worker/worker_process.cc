#include "scanner/worker/worker_process.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>
#include <utility>

#include "scanner/report_json.h"
#include "scanner/worker/exit_status.h"

namespace scanner::worker {
namespace {

// Fetching goes on while the child is busy with what is in the pipe. The default limit for users who are not root.
constexpr int kPipeBytes = 1 << 20;
// libcurl hands out 16 KiB at a time; larger frames cost fewer system calls, and the decoder fewer restarts.
constexpr std::size_t kDataFrameBytes = 128 << 10;
static_assert(kDataFrameBytes <= kDataBytesMax);
// How often a wait looks at the stop token and the clock.
constexpr int kPollMilliseconds = 200;
// A child that closed its pipe is given this long to end by itself, so that its exit status can be told.
constexpr std::chrono::seconds kDeathPatience{1};

[[noreturn]] void refuse(std::string_view what, int error) {
  throw base::Error(fmt::format("scan worker: {}: {}", what, std::generic_category().message(error)));
}

[[noreturn]] void refuse_unconfined() {
  throw base::ConfigError("this kernel cannot confine the scan worker: seccomp filters are needed");
}

std::string describe_exit(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return fmt::format("it was ended by signal {} ({})", signal, sigdescr_np(signal) ? sigdescr_np(signal) : "unknown");
  }
  switch (static_cast<ExitStatus>(WEXITSTATUS(status))) {
    case ExitStatus::kOutOfMemory:
      return "the image needs more memory than a scan may have";
    case ExitStatus::kProtocolError:
      return "it gave up";
    default:
      return fmt::format("it ended with status {}", WEXITSTATUS(status));
  }
}

// What posix_spawn is told about the child; freed at the end.
class SpawnPlan {
 public:
  SpawnPlan(int standard_input, int standard_output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, standard_input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, standard_output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Child::~Child() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

std::optional<int> Child::wait(std::chrono::milliseconds patience) {
  const auto patience_ends = std::chrono::steady_clock::now() + patience;
  for (;;) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return status;
    }
    if (std::chrono::steady_clock::now() >= patience_ends) return std::nullopt;
    poll(nullptr, 0, 5);
  }
}

WorkerProcess::WorkerProcess(base::SteadyTime deadline, std::stop_token stop)
    : deadline_(deadline), stop_(std::move(stop)) {
  spawn();
  sandbox_ = parse_sandbox_report(receive(FrameType::kHello));
  if (!sandbox_.seccomp || !sandbox_.no_new_privileges || !sandbox_.resource_limits) refuse_unconfined();
}

void WorkerProcess::spawn() {
  Pipe down = make_pipe();
  Pipe up = make_pipe();
  // A smaller pipe works as well, only with more switches between the two processes.
  static_cast<void>(fcntl(down.write_end.number(), F_SETPIPE_SZ, kPipeBytes));
  make_nonblocking(down.write_end);
  make_nonblocking(up.read_end);

  const SpawnPlan plan(down.read_end.number(), up.write_end.number());
  std::array<char*, 3> arguments{const_cast<char*>("pratique-scanner"), const_cast<char*>("worker"), nullptr};
  std::array<char*, 1> environment{nullptr};
  pid_t child = -1;
  const int error =
      posix_spawn(&child, "/proc/self/exe", plan.actions(), plan.attributes(), arguments.data(), environment.data());
  if (error != 0) refuse("cannot start", error);
  child_.emplace(child);
  to_child_ = std::move(down.write_end);
  from_child_ = std::move(up.read_end);
}

void WorkerProcess::expect_lone_layer() {
  send_frame(FrameType::kAlone, {});
}

void WorkerProcess::begin_layer(std::string_view digest) {
  send_frame(FrameType::kLayer, std::as_bytes(std::span(digest)));
}

void WorkerProcess::send(std::span<const std::byte> bytes) {
  check_patience();
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), kDataFrameBytes - gathered_.size());
    gathered_.insert(gathered_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (gathered_.size() == kDataFrameBytes) send_gathered();
  }
}

void WorkerProcess::send_gathered() {
  send_frame(FrameType::kData, gathered_);
  gathered_.clear();
}

void WorkerProcess::end_layer() {
  if (!gathered_.empty()) send_gathered();
  send_frame(FrameType::kLayerEnd, {});
}

void WorkerProcess::merge(std::string_view digest, std::string_view record) {
  const std::string payload = fmt::format("{}\n{}", digest, record);
  send_frame(FrameType::kMerge, std::as_bytes(std::span(payload)));
}

std::string WorkerProcess::finish_lone_layer() {
  send_frame(FrameType::kFinish, {});
  return receive(FrameType::kRecord);
}

Inventory WorkerProcess::finish() {
  send_frame(FrameType::kFinish, {});
  return parse_inventory(receive(FrameType::kResult));
}

void WorkerProcess::send_frame(FrameType type, std::span<const std::byte> payload) {
  check_patience();
  FrameHeaderBytes header = encode_frame_header({.type = type, .length = static_cast<std::uint32_t>(payload.size())});
  std::array<iovec, 2> parts{
      {{header.data(), header.size()}, {const_cast<std::byte*>(payload.data()), payload.size()}}};
  for (std::size_t part = 0; part < parts.size();) {
    const ssize_t count = writev(to_child_.number(), &parts[part], static_cast<int>(parts.size() - part));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EPIPE) throw_death();
    if (count < 0 && errno != EAGAIN) refuse("cannot write", errno);
    if (count < 0) {
      wait_until_ready(to_child_.number(), POLLOUT);
      continue;
    }
    auto written = static_cast<std::size_t>(count);
    while (part < parts.size() && written >= parts[part].iov_len) written -= parts[part++].iov_len;
    if (part < parts.size()) {
      parts[part].iov_base = static_cast<std::byte*>(parts[part].iov_base) + written;
      parts[part].iov_len -= written;
    }
  }
}

std::string WorkerProcess::receive(FrameType type) {
  FrameHeaderBytes bytes{};
  receive_exactly(bytes);
  const FrameHeader header = decode_frame_header(bytes);
  if (header.type != type) throw base::ParseError("scan worker: an answer of the wrong type");
  std::string payload;
  // In pieces, so that memory follows what arrives and not what the header claims.
  while (payload.size() < header.length) {
    const std::size_t begin = payload.size();
    payload.resize(begin + std::min<std::size_t>(header.length - begin, kDataBytesMax));
    receive_exactly(std::as_writable_bytes(std::span(payload)).subspan(begin));
  }
  return payload;
}

void WorkerProcess::receive_exactly(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = read(from_child_.number(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) throw_death();
    if (count < 0 && errno != EAGAIN) refuse("cannot read", errno);
    if (count < 0) {
      wait_until_ready(from_child_.number(), POLLIN);
      continue;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void WorkerProcess::wait_until_ready(int descriptor, short events) {
  for (;;) {
    check_patience();
    pollfd waited{descriptor, events, 0};
    const int ready = poll(&waited, 1, kPollMilliseconds);
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) refuse("cannot wait", errno);
  }
}

void WorkerProcess::check_patience() const {
  if (stop_.stop_requested()) throw base::NetworkError("stopped");
  if (std::chrono::steady_clock::now() >= deadline_) throw WorkerTimeout("the scan took longer than it may");
}

// The other end of a pipe is closed: the child ends or has ended.
void WorkerProcess::throw_death() {
  const std::optional<int> status = child_->wait(kDeathPatience);
  if (!status) throw WorkerDied("the scan worker closed its pipe");
  if (WIFEXITED(*status) && WEXITSTATUS(*status) == static_cast<int>(ExitStatus::kNoSandbox)) refuse_unconfined();
  throw WorkerDied(fmt::format("the scan worker died: {}", describe_exit(*status)));
}

}  // namespace scanner::worker
