// What is asked of the kernel, and what happens where it has less: it is taken away by a filter around the test's
// child.
#include "scanner/worker/defences.h"

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "scanner/worker/worker_process.h"
#include "tests/scanner/worker/forked.h"

namespace scanner::worker {
namespace {

using ::testing::HasSubstr;

SandboxReport required(const std::vector<std::string_view>& words) {
  SandboxReport required = kAlwaysRequired;
  for (const std::string_view word : words) require_defence(required, word);
  return required;
}

TEST(Defences, AreRequiredByName) {
  EXPECT_EQ(required({}), kAlwaysRequired);
  EXPECT_EQ(required({"seccomp", "no-new-privileges", "resource-limits"}), kAlwaysRequired);
  EXPECT_EQ(required({"landlock"}).landlock_abi, 1);
  EXPECT_EQ(required({"landlock=4", "landlock"}).landlock_abi, 4) << "the most of what is asked";
  SandboxReport only;
  require_defence(only, "resource-limits");
  EXPECT_EQ(only, (SandboxReport{.resource_limits = true}));
  for (const char* wrong : {"", "selinux", "Seccomp", "landlock=", "landlock=0", "landlock=-1", "landlock=4 ",
                            "landlock4", "landlock=1001", "landlock=99999999999"}) {
    EXPECT_THROW(static_cast<void>(required({wrong})), base::ConfigError) << wrong;
  }
}

TEST(Defences, ThatAreMissingAreNamed) {
  const SandboxReport all{.seccomp = true, .no_new_privileges = true, .resource_limits = true, .landlock_abi = 3};
  EXPECT_EQ(missing_defences(all, required({"landlock=3"})), "");
  EXPECT_EQ(missing_defences(all, required({"landlock=4"})), "landlock=4 (there is 3)");
  EXPECT_EQ(missing_defences({}, required({"landlock"})),
            "seccomp, no-new-privileges, resource-limits, landlock=1 (there is none)");
  EXPECT_EQ(missing_defences({}, {}), "");
}

// A system call, or what it does with this first or second argument alone.
struct Call {
  std::uint32_t number = 0;  // 0: none
  std::optional<std::size_t> argument = {};
  std::uint32_t value = 0;
};

// From now on the call is not there for this process, nor for those that it starts.
void take_away(const Call& call) {
  std::vector<sock_filter> program;
  const auto unless_it_is = [&](std::size_t field, std::uint32_t value, std::uint8_t steps_to_allow) {
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(field)));
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, steps_to_allow));
  };
  unless_it_is(offsetof(seccomp_data, nr), call.number, call.argument ? 3 : 1);
  if (call.argument) unless_it_is(offsetof(seccomp_data, args) + 8 * *call.argument, call.value, 1);
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    _exit(9);
  }
}

// What starting a child says where `call` is not there.
std::string start_without(const Call& call, const SandboxReport& defences) {
  return said_by_child([&]() -> std::string {
    if (call.number != 0) take_away(call);
    try {
      const WorkerProcess child(std::chrono::steady_clock::now() + std::chrono::minutes(1), {},
                                {.required_defences = defences});
    } catch (const base::ConfigError& error) {
      return error.what();
    }
    return "started";
  });
}

TEST(Defences, AreEnoughWhereTheKernelHasThem) {
  EXPECT_EQ(start_without({}, kAlwaysRequired), "started");
  const WorkerProcess child(std::chrono::steady_clock::now() + std::chrono::minutes(1), {});
  EXPECT_EQ(start_without({}, child.sandbox()), "started") << "all that this kernel has";
}

TEST(Defences, WithoutLandlockNothingIsReadWhereItIsRequired) {
  EXPECT_EQ(start_without({.number = SYS_landlock_create_ruleset}, kAlwaysRequired), "started");
  EXPECT_EQ(start_without({.number = SYS_landlock_create_ruleset}, required({"landlock"})),
            "this kernel cannot confine the scan worker as it must be: it lacks landlock=1 (there is none)");
}

TEST(Defences, WithoutTheOthersNothingIsReadAtAll) {
  const Call no_new_privileges{.number = SYS_prctl, .argument = 0, .value = PR_SET_NO_NEW_PRIVS};
  const Call resource_limits{.number = SYS_prlimit64, .argument = 1, .value = RLIMIT_CPU};
  for (const Call& call : {no_new_privileges, resource_limits}) {
    EXPECT_THAT(start_without(call, kAlwaysRequired), HasSubstr("this kernel cannot confine the scan worker"))
        << call.number;
  }
}

}  // namespace
}  // namespace scanner::worker
