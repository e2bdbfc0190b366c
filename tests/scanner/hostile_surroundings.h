// What surrounds the scan of a hostile image: one processor, a network that leads nowhere, folders of its own. What it
// takes, sends and writes is told.
#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/layout_writer.h"

namespace tests {

// Of a whole process: made before its first thread starts.
class Surroundings {
 public:
  Surroundings();

  // What the kernel refused of it; empty: nothing.
  [[nodiscard]] const std::string& refused() const { return refused_; }
  // The temporary folder, the home and the working folder, new ones.
  [[nodiscard]] std::vector<std::filesystem::path> folders() const;

 private:
  std::string refused_;
  TemporaryFolder folder_;
};

struct Cost {
  std::chrono::milliseconds processor{0};  // of this process and of its children
  long peak_kibibytes = 0;                 // the most that one child has held
  long packets = 0;                        // sent, received, or without a way
  std::string written{};                   // empty: nothing was, to no file and no folder
};

// While it lives, this process and its children are watched. Files cannot grow then.
class Observation {
 public:
  explicit Observation(const Surroundings& surroundings);
  ~Observation();
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;

  // So far, once the children have ended.
  [[nodiscard]] Cost cost();

 private:
  void watch_children(const std::stop_token& stop);
  [[nodiscard]] std::string changed_folders() const;

  std::chrono::milliseconds processor_before_;
  long packets_before_;
  long disk_bytes_before_;
  int attempts_before_;
  int notes_;  // of inotify
  long peak_ = 0;
  std::jthread watcher_;
};

}  // namespace tests
