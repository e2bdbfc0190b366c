// Confines this process for good: what it reads afterwards may take it over, and then finds nothing but two pipes.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace scanner::worker {

// The layers of defence that the kernel gave. Seccomp, no_new_privs and the resource limits are required; Landlock
// depends on the kernel, and seccomp alone already denies every way to name a file or a host.
struct SandboxReport {
  bool seccomp = false;
  bool no_new_privileges = false;
  bool resource_limits = false;
  int landlock_abi = 0;  // 0: none
  bool operator==(const SandboxReport&) const = default;
};

// Without these no child is started.
inline constexpr SandboxReport kAlwaysRequired{
    .seccomp = true, .no_new_privileges = true, .resource_limits = true, .landlock_abi = 0};
// The newest that is believed of a kernel.
inline constexpr int kLandlockAbiMax = 1000;

// What a child may take of the processor unless a scan's budgets say otherwise: layers::Limits::cpu_seconds_max.
inline constexpr std::chrono::seconds kProcessorTimeMax{3600};

// Must be called before the first untrusted byte is read. What threads the process needs beside the caller's are
// started by `start_threads`, and run when that returns: they are confined alike, and no other can be had later. Closes
// every file descriptor above 2. Works as root and as anybody. Throws base::ConfigError when a required layer cannot be
// had. Past its processor time this process is ended by SIGXCPU.
[[nodiscard]] SandboxReport enter_sandbox(std::chrono::seconds processor_time_max = kProcessorTimeMax,
                                          const std::function<void()>& start_threads = {});

// The same for who reads a file or a folder: it may open and list what is at `path`, which exists, and write nothing.
// Landlock keeps it from all else; where the kernel has none it may read other files, and has nobody to tell but its
// parent.
[[nodiscard]] SandboxReport enter_sandbox_reading(const std::string& path);

// base/packed_fields.h: a numeral for each member.
[[nodiscard]] std::string write_sandbox_report(const SandboxReport& report);
// Throws base::ParseError.
[[nodiscard]] SandboxReport parse_sandbox_report(std::string_view bytes);

}  // namespace scanner::worker
