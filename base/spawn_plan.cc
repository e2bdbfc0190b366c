#include "base/spawn_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <new>

#include "base/error.h"

namespace base {
namespace {

constexpr short kFreshSignals = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;

// A child must not be started with less than the plan: it would have its parent's files.
void require(int error) {
  if (error == ENOMEM) throw std::bad_alloc();
  CHECK(error == 0);
}

}  // namespace

SpawnPlan::SpawnPlan(int input, int output, std::optional<int> errors) {
  require(posix_spawn_file_actions_init(&actions_));
  require(posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO));
  require(posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO));
  if (errors) {
    require(posix_spawn_file_actions_adddup2(&actions_, *errors, STDERR_FILENO));
  } else {
    require(posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0));
  }
  require(posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));
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
