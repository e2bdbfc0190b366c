// The scan service as a process: listeners, scan slots, certificates that are renewed under it, and a graceful end.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "scanner/scanner.h"

namespace scanner::server {

struct ServeSettings {
  std::string address = "0.0.0.0:8443";
  std::string metrics_address = "0.0.0.0:8080";
  std::string health_address = "0.0.0.0:8081";
  std::string tls_directory;  // empty: plain HTTP, for a loopback address alone
  std::string client_name;    // the common name that callers' certificates must have; empty: any of the authority
  std::size_t slots = 2;
  std::size_t queue = 4;
  std::size_t layers_at_once = 4;  // of each scan, as far as there is memory
  // Of the children of all scans, MemoryBudget::kChildBytes each; 0: of two for each slot.
  std::uint64_t memory_bytes = 0;
  ScanLimits limits;
  worker::SandboxReport required_defences = worker::kAlwaysRequired;
  bool verify_diff_ids = false;  // of every image that is scanned: ScanSettings has it, too
  std::string cache;             // a directory; empty: nothing is kept
  std::uint64_t cache_bytes = std::uint64_t{512} << 20;
  std::chrono::seconds grace{25};  // for scans that run when the process is asked to end
};

// Serves until SIGTERM or SIGINT, which must be blocked in every thread. Throws base::ConfigError for settings that
// cannot work and for a kernel that cannot confine the scan worker.
void serve(const ServeSettings& settings);

}  // namespace scanner::server
