// The parent's end of a sandboxed child: starts it, hands it an image, takes its answer as untrusted input, and ends
// it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "scanner/report.h"
#include "scanner/worker/frames.h"
#include "scanner/worker/pipe.h"
#include "scanner/worker/sandbox.h"

namespace scanner::worker {

// The child ended before it answered; the message says how. The image did it, or a bug of ours: either way the image
// was not read.
class WorkerDied : public base::Error {
 public:
  using Error::Error;
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

// One child for one image; killed by the destructor. Belongs to the thread that made it. Every call may throw
// WorkerDied, WorkerTimeout once `deadline` has passed, and base::NetworkError on a stop request.
class WorkerProcess {
 public:
  WorkerProcess(base::SteadyTime deadline, std::stop_token stop);
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  // What the kernel gave to confine it. Throws base::ConfigError when the child refused to run without.
  [[nodiscard]] const SandboxReport& sandbox() const { return sandbox_; }
  [[nodiscard]] pid_t pid() const { return child_->pid(); }

  // Says that one layer follows, of which the record is wanted. First of all calls, where it is made.
  void expect_lone_layer();
  void begin_layer(std::string_view digest);
  void send(std::span<const std::byte> bytes);
  void end_layer();

  // A layer in its place, by the record that a child gave of it.
  void merge(std::string_view digest, std::string_view record);

  // Says that the lone layer was sent and verified, and waits for its record (layers::LayerRecorder; empty: it would be
  // too large). Throws base::ParseError when the answer is none.
  [[nodiscard]] std::string finish_lone_layer();
  // Says that every layer was sent and verified, and waits for the inventory. Throws base::ParseError and
  // base::LimitExceeded when the answer is not one.
  [[nodiscard]] Inventory finish();

 private:
  void spawn();
  void send_gathered();
  void send_frame(FrameType type, std::span<const std::byte> payload);
  [[nodiscard]] std::string receive(FrameType type);
  void receive_exactly(std::span<std::byte> bytes);
  void wait_until_ready(int descriptor, short events);
  void check_patience() const;
  [[noreturn]] void throw_death();

  HeldBackPipeSignal held_back_;
  base::SteadyTime deadline_;
  std::stop_token stop_;
  Descriptor to_child_;
  Descriptor from_child_;
  std::optional<Child> child_;
  SandboxReport sandbox_;
  std::vector<std::byte> gathered_;  // data that does not fill a frame yet
};

}  // namespace scanner::worker
