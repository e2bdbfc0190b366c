#include "scanner/worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <system_error>

#include "base/error.h"
#include "base/limits.h"
#include "base/packed_fields.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PRATIQUE_UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PRATIQUE_UNDER_SANITIZER 1
#endif
#endif

namespace scanner::worker {
namespace {

#ifdef PRATIQUE_UNDER_SANITIZER  // shadow memory takes terabytes of address space
constexpr rlim_t kAddressSpaceBytes = RLIM_INFINITY;
#else
// A zstd window of 128 MiB, 192 MiB of kept files, their packages and the answer fit; a runaway allocation does not.
constexpr rlim_t kAddressSpaceBytes = rlim_t{1} << 30;
#endif
// Whoever outlives the signal that says so is killed.
constexpr std::uint64_t kSecondsBeyondProcessorTime = 5;

[[noreturn]] void refuse(std::string_view what, int error) {
  throw base::ConfigError(fmt::format("scan sandbox: {}: {}", what, std::generic_category().message(error)));
}

// What this process was given less of stays less.
void limit_resource(int resource, rlimit limit) {
  rlimit given{};
  if (getrlimit(static_cast<__rlimit_resource>(resource), &given) != 0) refuse("cannot see a resource limit", errno);
  limit.rlim_cur = std::min(limit.rlim_cur, given.rlim_max);
  limit.rlim_max = std::min(limit.rlim_max, given.rlim_max);
  if (setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) refuse("cannot set a resource limit", errno);
}

// A reader of feeds holds a few files and folders open at once.
constexpr rlim_t kOpenFilesMax = 64;

void limit_resources(rlim_t open_files_max, std::chrono::seconds processor_time_max) {
  const auto seconds = static_cast<std::uint64_t>(processor_time_max.count());
  limit_resource(RLIMIT_AS, {kAddressSpaceBytes, kAddressSpaceBytes});
  limit_resource(RLIMIT_CPU, {seconds, base::add_saturating(seconds, kSecondsBeyondProcessorTime)});
  limit_resource(RLIMIT_CORE, {0, 0});
  limit_resource(RLIMIT_FSIZE, {0, 0});
  limit_resource(RLIMIT_NOFILE, {open_files_max, open_files_max});
  limit_resource(RLIMIT_NPROC, {0, 0});
}

// As in linux/landlock.h of newer kernels than the build's headers; unknown trailing fields must be zero.
struct LandlockRuleset {
  std::uint64_t handled_filesystem = 0;
  std::uint64_t handled_network = 0;
  std::uint64_t scoped = 0;
};

LandlockRuleset everything_denied(int abi) {
  LandlockRuleset ruleset;
  const int filesystem_rights = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
  ruleset.handled_filesystem = (std::uint64_t{1} << filesystem_rights) - 1;
  if (abi >= 4) ruleset.handled_network = 0b11;  // bind and connect by TCP
  if (abi >= 6) ruleset.scoped = 0b11;           // abstract sockets and signals
  return ruleset;
}

// Whatever it is, or is below it, may be read. Says whether the kernel took the rule.
bool let_read(int ruleset, const std::string& path) {
  landlock_path_beneath_attr rule{};
  rule.parent_fd = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0) return false;
  struct stat status {};
  const bool is_folder = fstat(rule.parent_fd, &status) == 0 && S_ISDIR(status.st_mode);
  rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | (is_folder ? LANDLOCK_ACCESS_FS_READ_DIR : 0);
  const long result = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close(rule.parent_fd);
  return result == 0;
}

// No host, and no file but at `readable`, where it is not empty. Returns the ABI, 0 where the kernel has no Landlock.
int enter_landlock(const std::string& readable) {
  constexpr unsigned kVersionQuery = 1;
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersionQuery);
  if (abi <= 0) return 0;
  const LandlockRuleset ruleset = everything_denied(static_cast<int>(abi));
  const std::size_t size = abi >= 6 ? sizeof ruleset : abi >= 4 ? 2 * sizeof(std::uint64_t) : sizeof(std::uint64_t);
  const long descriptor = syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
  if (descriptor < 0) return 0;
  if (!readable.empty() && !let_read(static_cast<int>(descriptor), readable)) {
    close(static_cast<int>(descriptor));
    return 0;
  }
  const long result = syscall(SYS_landlock_restrict_self, descriptor, 0);
  close(static_cast<int>(descriptor));
  return result == 0 ? static_cast<int>(abi) : 0;
}

struct FreeFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};

void allow(void* filter, int call) {
  if (const int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0)) refuse("seccomp rule", -error);
}

void allow_where(void* filter, int call, const scmp_arg_cmp& condition) {
  if (const int error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &condition)) {
    refuse("seccomp rule", -error);
  }
}

// Memory may be had, but never executable memory.
void allow_unless_executable(void* filter, int call) {
  allow_where(filter, call, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

// Files may be opened for reading, looked at and listed.
void allow_reading_files(void* filter) {
  constexpr scmp_datum_t kWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY);
  const scmp_arg_cmp not_writing = SCMP_A2(SCMP_CMP_MASKED_EQ, kWriting, 0);
  allow_where(filter, SCMP_SYS(openat), not_writing);
  for (const scmp_datum_t flags : {F_GETFL, F_SETFD}) {  // as fdopendir() does
    allow_where(filter, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, flags, 0));
  }
  for (const int call : {SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(lseek), SCMP_SYS(pread64),
                         SCMP_SYS(getdents64)}) {
    allow(filter, call);
  }
}

// Everything that is not named fails with EPERM: open, socket, connect, clone, fork, execve, kill, ptrace, ...
void enter_seccomp(bool reads_files) {
  const std::unique_ptr<void, FreeFilter> filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (filter == nullptr) refuse("seccomp", ENOSYS);
  if (const int error = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1))
    refuse("seccomp for all threads", -error);
  for (const int call : {SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close),
                         SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
                         SCMP_SYS(clock_gettime), SCMP_SYS(getrandom), SCMP_SYS(sched_yield), SCMP_SYS(rt_sigreturn),
                         SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group)}) {
    allow(filter.get(), call);
  }
#ifdef PRATIQUE_UNDER_SANITIZER  // its runtime looks at the stacks whenever something is thrown
  allow(filter.get(), SCMP_SYS(sigaltstack));
#endif
  allow_unless_executable(filter.get(), SCMP_SYS(mmap));
  allow_unless_executable(filter.get(), SCMP_SYS(mprotect));
  if (reads_files) allow_reading_files(filter.get());
  if (const int error = seccomp_load(filter.get())) refuse("cannot load the seccomp filter", -error);
}

// `readable` empty: no file at all.
SandboxReport confine(const std::string& readable, std::chrono::seconds processor_time_max,
                      const std::function<void()>& start_threads) {
  SandboxReport report;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) refuse("cannot ask to die with the parent", errno);
  if (prctl(PR_SET_DUMPABLE, 0) != 0) refuse("cannot become undumpable", errno);
  if (close_range(3, ~0U, 0) != 0) refuse("cannot close inherited files", errno);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refuse("cannot set no_new_privs", errno);
  report.no_new_privileges = true;
  report.landlock_abi = enter_landlock(readable);
  if (start_threads) start_threads();
  limit_resources(readable.empty() ? 0 : kOpenFilesMax, processor_time_max);
  report.resource_limits = true;
  enter_seccomp(!readable.empty());
  report.seccomp = true;
  return report;
}

}  // namespace

SandboxReport enter_sandbox(std::chrono::seconds processor_time_max, const std::function<void()>& start_threads) {
  return confine({}, processor_time_max, start_threads);
}

SandboxReport enter_sandbox_reading(const std::string& path) {
  return confine(path, kProcessorTimeMax, {});
}

std::string write_sandbox_report(const SandboxReport& report) {
  base::FieldWriter writer;
  for (const bool flag : {report.seccomp, report.no_new_privileges, report.resource_limits})
    writer.number(flag ? 1 : 0);
  writer.number(static_cast<std::uint64_t>(report.landlock_abi));
  return writer.take();
}

SandboxReport parse_sandbox_report(std::string_view bytes) {
  base::FieldReader reader(bytes, "scan sandbox: an unreadable report");
  SandboxReport report;
  for (bool* const flag : {&report.seccomp, &report.no_new_privileges, &report.resource_limits}) {
    const std::uint64_t value = reader.number();
    reader.require(value <= 1);
    *flag = value == 1;
  }
  const std::uint64_t landlock_abi = reader.number();
  reader.require(landlock_abi <= kLandlockAbiMax);
  report.landlock_abi = static_cast<int>(landlock_abi);
  reader.finish();
  return report;
}

}  // namespace scanner::worker
