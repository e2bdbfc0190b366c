// A program that a test starts, looks at while it runs, and ends.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tests {

// Runs from construction to destruction; stdout and stderr go to `log`. The destructor sends SIGTERM and waits.
class BackgroundProcess {
 public:
  BackgroundProcess(const std::vector<std::string>& words, std::filesystem::path log);
  ~BackgroundProcess();
  BackgroundProcess(const BackgroundProcess&) = delete;
  BackgroundProcess& operator=(const BackgroundProcess&) = delete;

  [[nodiscard]] bool running();
  // Once it has ended: its exit code, or 128 + the signal that ended it.
  [[nodiscard]] std::optional<int> ended();
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string output() const;
  // Sends the signal and waits; the exit code, or 128 + the signal that ended it. Of one that has ended: as ended().
  int stop(int signal = SIGTERM);

 private:
  std::filesystem::path log_;
  pid_t pid_ = -1;  // -1: it has been waited for
  std::optional<int> ended_;
};

// A TCP port that nobody listens on now, on any address. Ports are given out in turn to all tests of this user, so two
// tests at once get different ones and no test gets one twice. Thread-safe.
[[nodiscard]] int free_port();

}  // namespace tests
