#include "base/spawn_plan.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace base {
namespace {

constexpr short kFreshSignals = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;

}  // namespace

SpawnPlan::SpawnPlan(int input, int output, std::optional<int> errors) {
  posix_spawn_file_actions_init(&actions_);
  posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
  if (errors) {
    posix_spawn_file_actions_adddup2(&actions_, *errors, STDERR_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
  posix_spawnattr_init(&attributes_);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes_, &none);
  posix_spawnattr_setsigdefault(&attributes_, &all);
  posix_spawnattr_setflags(&attributes_, kFreshSignals);
}

SpawnPlan::~SpawnPlan() {
  posix_spawnattr_destroy(&attributes_);
  posix_spawn_file_actions_destroy(&actions_);
}

void SpawnPlan::lead_group() {
  posix_spawnattr_setpgroup(&attributes_, 0);
  posix_spawnattr_setflags(&attributes_, kFreshSignals | POSIX_SPAWN_SETPGROUP);
}

}  // namespace base
