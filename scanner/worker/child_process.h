// A sandboxed child of this program and the pipes to it: starts it, sends it frames, takes its frames as untrusted
// input, and ends it. docs/formats/pipe-protocol.md.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/pipe.h"
#include "scanner/worker/frames.h"
#include "scanner/worker/sandbox.h"

namespace scanner::worker {

// The child ended before it answered; the message says how. What it read did it, or a bug of ours: either way that was
// not read.
class WorkerDied : public base::Error {
 public:
  // `reason` as ScanWarning has it.
  explicit WorkerDied(const std::string& message, std::string reason = "Unreadable")
      : base::Error(message), reason_(std::move(reason)) {}
  // "LimitExceeded" where it was past its processor time, else "Unreadable".
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  std::string reason_;
};

// The child did not answer in time.
class WorkerTimeout : public base::Error {
 public:
  using Error::Error;
};

// A child process that has not been waited for; killed and reaped at the end.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }
  // The wait status if it ends within `patience`.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds patience);

 private:
  pid_t pid_;  // -1 once it was waited for
};

// How a child is started, and how long it may take.
struct ChildPlan {
  std::vector<std::string> arguments;  // behind the program's name
  std::string task;                    // "the scan worker", for messages
  base::SteadyTime deadline;
  std::stop_token stop = {};
  std::chrono::seconds processor_time_max = kProcessorTimeMax;  // that it gives itself, for messages
  SandboxReport required = kAlwaysRequired;                     // of the kernel
};

// One child; killed by the destructor. Belongs to the thread that made it. Every call may throw WorkerDied,
// WorkerTimeout once the deadline has passed, and base::NetworkError on a stop request.
class ChildProcess {
 public:
  // Ready once the child has said that it is confined. Throws base::ConfigError when it refused to run without,
  // or has less than is required.
  explicit ChildProcess(ChildPlan plan);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // What the kernel gave to confine it.
  [[nodiscard]] const SandboxReport& sandbox() const { return sandbox_; }
  [[nodiscard]] pid_t pid() const { return child_->pid(); }

  void send(FrameType type, std::span<const std::byte> payload);
  // The next frame. Throws base::ParseError when it is none.
  [[nodiscard]] Frame receive();
  // The payload of the next frame. Throws base::ParseError when it is of another type.
  [[nodiscard]] std::string receive(FrameType type);
  void check_patience() const;

 private:
  void spawn();
  void receive_exactly(std::span<std::byte> bytes);
  void wait_until_ready(int descriptor, short events);
  [[noreturn]] void refuse(std::string_view what, int error) const;
  [[noreturn]] void throw_death();

  base::HeldBackPipeSignal held_back_;
  ChildPlan plan_;
  base::Descriptor to_child_;
  base::Descriptor from_child_;
  std::optional<Child> child_;
  SandboxReport sandbox_;
};

}  // namespace scanner::worker
