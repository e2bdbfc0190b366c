// What posix_spawn is told about a child process: its streams, and that nothing else of ours is left to it.
#pragma once

#include <spawn.h>

#include <optional>

namespace base {

// The child has these three streams and no other open file, no blocked signal and none that is ignored. Freed at the
// end; the streams are borrowed until posix_spawn has returned.
class SpawnPlan {
 public:
  // `errors` absent: /dev/null. Throws std::bad_alloc.
  SpawnPlan(int input, int output, std::optional<int> errors = {});
  ~SpawnPlan();
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  // The child leads a process group, so that what it starts can be ended with it.
  void lead_group();

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace base
