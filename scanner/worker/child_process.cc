#include "scanner/worker/child_process.h"

#include <errno.h>
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
#include <system_error>
#include <utility>

#include "base/spawn_plan.h"
#include "scanner/worker/defences.h"
#include "scanner/worker/exit_status.h"

namespace scanner::worker {
namespace {

// How often a wait looks at the stop token and the clock.
constexpr int kPollMilliseconds = 200;
// A child that closed its pipe is given this long to end by itself, so that its exit status can be told.
constexpr std::chrono::seconds kDeathPatience{1};

[[noreturn]] void refuse_unconfined(std::string_view task) {
  throw base::ConfigError(fmt::format("this kernel cannot confine {}: seccomp filters are needed", task));
}

std::string describe_exit(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return fmt::format("it was ended by signal {} ({})", signal, sigdescr_np(signal) ? sigdescr_np(signal) : "unknown");
  }
  switch (static_cast<ExitStatus>(WEXITSTATUS(status))) {
    case ExitStatus::kOutOfMemory:
      return "it needs more memory than it may have";
    case ExitStatus::kProtocolError:
      return "it gave up";
    default:
      return fmt::format("it ended with status {}", WEXITSTATUS(status));
  }
}

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

ChildProcess::ChildProcess(ChildPlan plan) : plan_(std::move(plan)) {
  spawn();
  sandbox_ = parse_sandbox_report(receive(FrameType::kHello));
  if (const std::string missing = missing_defences(sandbox_, plan_.required); !missing.empty()) {
    throw base::ConfigError(
        fmt::format("this kernel cannot confine {} as it must be: it lacks {}", plan_.task, missing));
  }
}

void ChildProcess::spawn() {
  base::Pipe down = base::make_wide_pipe();
  base::Pipe up = base::make_pipe();
  base::make_nonblocking(down.write_end);
  base::make_nonblocking(up.read_end);

  const base::SpawnPlan plan(down.read_end.number(), up.write_end.number());
  std::vector<char*> arguments{const_cast<char*>("pratique-scanner")};
  for (std::string& argument : plan_.arguments) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  std::array<char*, 1> environment{nullptr};
  pid_t child = -1;
  const int error =
      posix_spawn(&child, "/proc/self/exe", plan.actions(), plan.attributes(), arguments.data(), environment.data());
  if (error != 0) refuse("cannot start", error);
  child_.emplace(child);
  to_child_ = std::move(down.write_end);
  from_child_ = std::move(up.read_end);
}

void ChildProcess::send(FrameType type, std::span<const std::byte> payload) {
  check_patience();
  FrameHeaderBytes header = encode_frame_header({.type = type, .length = static_cast<std::uint32_t>(payload.size())});
  std::array<iovec, 2> parts{
      {{header.data(), header.size()}, {const_cast<std::byte*>(payload.data()), payload.size()}}};
  for (std::size_t part = 0; part < parts.size();) {
    const ssize_t count = writev(to_child_.number(), &parts[part], static_cast<int>(parts.size() - part));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) throw_death();
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

Frame ChildProcess::receive() {
  FrameHeaderBytes bytes{};
  receive_exactly(bytes);
  const FrameHeader header = decode_frame_header(bytes);
  Frame frame{.type = header.type, .payload = {}};
  // In pieces, so that memory follows what arrives and not what the header claims.
  while (frame.payload.size() < header.length) {
    const std::size_t begin = frame.payload.size();
    frame.payload.resize(begin + std::min<std::size_t>(header.length - begin, kDataBytesMax));
    receive_exactly(std::as_writable_bytes(std::span(frame.payload)).subspan(begin));
  }
  return frame;
}

std::string ChildProcess::receive(FrameType type) {
  Frame frame = receive();
  if (frame.type != type) throw base::ParseError(fmt::format("{}: an answer of the wrong type", plan_.task));
  return std::move(frame.payload);
}

void ChildProcess::receive_exactly(std::span<std::byte> bytes) {
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

void ChildProcess::wait_until_ready(int descriptor, short events) {
  for (;;) {
    check_patience();
    pollfd waited{descriptor, events, 0};
    const int ready = poll(&waited, 1, kPollMilliseconds);
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) refuse("cannot wait", errno);
  }
}

void ChildProcess::check_patience() const {
  if (plan_.stop.stop_requested()) throw base::NetworkError("stopped");
  if (std::chrono::steady_clock::now() >= plan_.deadline) {
    throw WorkerTimeout(fmt::format("{} took longer than it may", plan_.task));
  }
}

void ChildProcess::refuse(std::string_view what, int error) const {
  throw base::Error(fmt::format("{}: {}: {}", plan_.task, what, std::generic_category().message(error)));
}

// The other end of a pipe is closed: the child ends or has ended.
void ChildProcess::throw_death() {
  const std::optional<int> status = child_->wait(kDeathPatience);
  if (!status) throw WorkerDied(fmt::format("{} closed its pipe", plan_.task));
  if (WIFEXITED(*status) && WEXITSTATUS(*status) == static_cast<int>(ExitStatus::kNoSandbox)) {
    refuse_unconfined(plan_.task);
  }
  if (WIFSIGNALED(*status) && WTERMSIG(*status) == SIGXCPU) {
    throw WorkerDied(
        fmt::format("{} needs more than {} s of processor time", plan_.task, plan_.processor_time_max.count()),
        "LimitExceeded");
  }
  throw WorkerDied(fmt::format("{} died: {}", plan_.task, describe_exit(*status)));
}

}  // namespace scanner::worker
