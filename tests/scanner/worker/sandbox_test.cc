// What the child can still do once it is confined: nothing that names a file, a host or a process.
#include "scanner/worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "scanner/layers/second_thread.h"
#include "tests/scanner/worker/forked.h"

namespace scanner::worker {
namespace {

// Runs `probe` in a confined child process and returns what it wrote; fails the test when the child was killed.
std::string run_confined(
    const std::function<std::string()>& probe,
    const std::function<SandboxReport()>& enter = [] { return enter_sandbox(); }) {
  return said_by_child([&]() -> std::string {
    SandboxReport report;
    try {
      report = enter();
    } catch (const base::Error&) {
      _exit(9);
    }
    return report.seccomp && report.no_new_privileges ? probe() : "not confined";
  });
}

struct Probe {
  const char* name;
  long (*attempt)();  // negative on failure
};

long try_connect() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  return connect(STDIN_FILENO, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

long try_exec() {
  char* const arguments[] = {const_cast<char*>("true"), nullptr};
  return execve("/bin/true", arguments, nullptr);
}

long try_map(int protection) {
  void* const memory = mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? -1 : 0;
}

long try_make_executable() {
  void* const memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? -2 : mprotect(memory, 4096, PROT_READ | PROT_EXEC);
}

constexpr Probe kDenied[] = {
    {"open", [] { return static_cast<long>(open("/etc/passwd", O_RDONLY)); }},
    {"openat2", [] { return syscall(437, -100, "/etc/passwd", nullptr, 0); }},
    {"open by the old call", [] { return syscall(SYS_open, "/etc/passwd", O_RDONLY); }},
    {"create", [] { return static_cast<long>(open("/tmp/pratique-sandbox", O_CREAT | O_WRONLY, 0600)); }},
    {"socket", [] { return static_cast<long>(socket(AF_INET, SOCK_STREAM, 0)); }},
    {"Unix socket", [] { return static_cast<long>(socket(AF_UNIX, SOCK_STREAM, 0)); }},
    {"connect", try_connect},
    {"fork", [] { return static_cast<long>(fork()); }},
    {"clone3", [] { return syscall(435, nullptr, 0); }},
    {"vfork", [] { return syscall(SYS_vfork); }},
    {"exec", try_exec},
    {"exec by descriptor", [] { return syscall(SYS_execveat, 0, "", nullptr, nullptr, 0x1000); }},
    {"kill the parent", [] { return static_cast<long>(kill(getppid(), 0)); }},
    {"signal anybody", [] { return syscall(SYS_tgkill, 1, 1, 0); }},
    {"trace", [] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"read other memory", [] { return syscall(SYS_process_vm_readv, 1, nullptr, 0, nullptr, 0, 0); }},
    {"executable memory", [] { return try_map(PROT_READ | PROT_WRITE | PROT_EXEC); }},
    {"make memory executable", try_make_executable},
    {"raise a limit",
     [] {
       const rlimit limit{10, 10};
       return static_cast<long>(setrlimit(RLIMIT_CORE, &limit));
     }},
    {"become dumpable", [] { return static_cast<long>(prctl(PR_SET_DUMPABLE, 1)); }},
    {"mount", [] { return syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, nullptr); }},
    {"namespaces", [] { return static_cast<long>(unshare(CLONE_NEWUSER)); }},
    {"io_uring", [] { return syscall(425, 1, nullptr); }},
    {"bpf", [] { return syscall(SYS_bpf, 0, nullptr, 0); }},
    {"duplicate a file", [] { return static_cast<long>(dup(0)); }},
    {"change directory", [] { return static_cast<long>(chdir("/")); }},
    {"list a directory", [] { return syscall(SYS_getdents64, 0, nullptr, 0); }},
    {"unlink", [] { return static_cast<long>(unlink("/tmp/pratique-sandbox")); }},
};

TEST(Sandbox, DeniesEveryWayOut) {
  for (const Probe& probe : kDenied) {
    SCOPED_TRACE(probe.name);
    const std::string outcome = run_confined([&]() -> std::string {
      errno = 0;
      if (probe.attempt() >= 0) return "allowed";
      return errno == EPERM ? "denied" : "failed with " + std::to_string(errno);
    });
    EXPECT_EQ(outcome, "denied");
  }
}

std::string opening(const std::string& path, int flags) {
  errno = 0;
  if (open(path.c_str(), flags, 0600) >= 0) return "open";
  return errno == EPERM || errno == EACCES ? "denied" : "failed with " + std::to_string(errno);
}

class ReadingSandbox : public ::testing::Test {
 protected:
  ReadingSandbox() {
    std::filesystem::create_directories(folder_ + "/feed/below");
    for (const char* file : {"/feed/a", "/feed/below/b", "/other"}) std::ofstream(folder_ + file) << "text";
  }
  ~ReadingSandbox() override { std::filesystem::remove_all(folder_); }

  std::string folder_ =
      (std::filesystem::temp_directory_path() / ("pratique-reading-" + std::to_string(getpid()))).string();
};

TEST_F(ReadingSandbox, ReadsWhatIsAtItsPathAndNothingElse) {
  const auto enter = [&] { return enter_sandbox_reading(folder_ + "/feed"); };
  EXPECT_EQ(run_confined([&] { return opening(folder_ + "/feed/a", O_RDONLY); }, enter), "open");
  EXPECT_EQ(run_confined([&] { return opening(folder_ + "/feed/below/b", O_RDONLY | O_CLOEXEC | O_NONBLOCK); }, enter),
            "open");
  EXPECT_EQ(run_confined([&] { return opening(folder_ + "/feed", O_RDONLY | O_DIRECTORY); }, enter), "open");
  EXPECT_EQ(run_confined([&] { return opening(folder_ + "/other", O_RDONLY); }, enter), "denied");
  EXPECT_EQ(run_confined([&] { return opening(folder_ + "/feed/../other", O_RDONLY); }, enter), "denied");
  EXPECT_EQ(run_confined([&] { return opening("/etc/passwd", O_RDONLY); }, enter), "denied");
}

TEST_F(ReadingSandbox, OfAFileReadsThatFile) {
  const auto enter = [&] { return enter_sandbox_reading(folder_ + "/feed/a"); };
  EXPECT_EQ(run_confined([&] { return opening(folder_ + "/feed/a", O_RDONLY); }, enter), "open");
  EXPECT_EQ(run_confined([&] { return opening(folder_ + "/feed/below/b", O_RDONLY); }, enter), "denied");
}

TEST_F(ReadingSandbox, WritesNothing) {
  const auto enter = [&] { return enter_sandbox_reading(folder_ + "/feed"); };
  for (const int flags :
       {O_WRONLY, O_RDWR, O_RDONLY | O_CREAT, O_WRONLY | O_TRUNC, O_RDONLY | O_TRUNC, O_RDWR | O_TMPFILE}) {
    EXPECT_EQ(run_confined([&] { return opening(folder_ + "/feed/a", flags); }, enter), "denied") << flags;
  }
}

// All that it may do beyond the others is to look at files.
TEST_F(ReadingSandbox, DeniesEveryOtherWayOut) {
  for (const Probe& probe : kDenied) {
    SCOPED_TRACE(probe.name);
    if (std::string_view(probe.name) == "list a directory") continue;
    const std::string outcome = run_confined(
        [&]() -> std::string {
          errno = 0;
          if (probe.attempt() >= 0) return "allowed";
          return errno == EPERM || errno == EACCES ? "denied" : "failed with " + std::to_string(errno);
        },
        [&] { return enter_sandbox_reading(folder_ + "/feed"); });
    EXPECT_EQ(outcome, "denied");
  }
}

TEST(Sandbox, LeavesMemoryAndTheClock) {
  const std::string outcome = run_confined([]() -> std::string {
    if (try_map(PROT_READ | PROT_WRITE) != 0) return "no memory";
    const std::string large(64 << 20, 'x');
    timespec now{};
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return "no clock";
    try {
      throw base::ParseError("exceptions work, too");
    } catch (const base::ParseError&) {
      return large.size() == (64 << 20) ? "enough" : "too little";
    }
  });
  EXPECT_EQ(outcome, "enough");
}

// A thread that was started on the way in can do no more than the one that went in, and none can be started later.
TEST(Sandbox, ConfinesEveryThread) {
  std::unique_ptr<layers::SecondThread> second;
  const auto enter = [&] {
    return enter_sandbox(kProcessorTimeMax, [&] { second = std::make_unique<layers::SecondThread>(); });
  };
  const auto probe = [&] {
    std::string seen;
    second->begin([&] { seen = open("/etc/passwd", O_RDONLY) < 0 && errno == EPERM ? "denied" : "opened"; }).get();
    return seen +
           (syscall(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0, 0) < 0 ? ", alone" : ", not alone");
  };
  EXPECT_EQ(run_confined(probe, enter), "denied, alone");
}

TEST(Sandbox, ClosesInheritedFiles) {
  const int inherited = open("/etc/passwd", O_RDONLY);
  ASSERT_GE(inherited, 3);
  const std::string outcome = run_confined([inherited] {
    char byte = 0;
    return read(inherited, &byte, 1) < 0 && errno == EBADF ? std::string("closed") : std::string("open");
  });
  close(inherited);
  EXPECT_EQ(outcome, "closed");
}

TEST(Sandbox, ReportIsReadBackAndNothingElseIs) {
  const SandboxReport report{.seccomp = true, .no_new_privileges = true, .resource_limits = true, .landlock_abi = 4};
  EXPECT_EQ(parse_sandbox_report(write_sandbox_report(report)), report);
  for (const std::string_view text : {"", "\x01\x01\x01", "\x01\x01\x01\x04\x01", "\x02\x01\x01\x04",
                                      "{\"seccomp\":true}", "\x01\x01\x01\xff\xff\xff\xff\x7f"}) {
    EXPECT_THROW(static_cast<void>(parse_sandbox_report(text)), base::ParseError) << text;
  }
}

}  // namespace
}  // namespace scanner::worker
