// The scan pipeline: an image source in, an inventory out. Used by pratique-scanner and by `pratique scan`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "registry/image_source.h"
#include "scanner/report.h"

namespace scanner {

struct ScanLimits {
  std::uint64_t compressed_bytes_max = std::uint64_t{32} << 30;
  std::chrono::seconds timeout{600};
};

struct ScanProgress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
  std::string stage;  // "fetch", "extract"
};
using OnProgress = std::function<void(const ScanProgress&)>;

// Reads one platform manifest's image in one pass, parsing its bytes in a sandboxed child process. What could not be
// looked at is in the inventory's warnings with complete = false. Throws what ImageSource throws when the image cannot
// be fetched at all, base::NetworkError "stopped" on a stop request. The calling thread is at a lower priority from then
// on (nice 10), as is the child.
[[nodiscard]] Inventory scan_image(registry::ImageSource& source, const base::Digest& manifest_digest,
                                   const std::string& platform, const ScanLimits& limits, const OnProgress& on_progress,
                                   std::stop_token stop);

}  // namespace scanner
