// The scan pipeline: an image source in, an inventory out. Used by pratique-scanner and by `pratique scan`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "registry/image_source.h"
#include "scanner/fetch_progress.h"
#include "scanner/layers/limits.h"
#include "scanner/memory_budget.h"
#include "scanner/report.h"
#include "scanner/scan_cache.h"
#include "scanner/worker/sandbox.h"

namespace scanner {

struct ScanLimits {
  std::uint64_t compressed_bytes_max = std::uint64_t{32} << 30;
  std::chrono::seconds timeout{600};
  layers::Limits budgets{};  // of what the layers hold
};

struct ScanSettings {
  ScanLimits limits{};
  std::shared_ptr<ScanCache> cache{};      // null: every layer is read
  std::shared_ptr<MemoryBudget> memory{};  // lent to all scans that share it; null: as much as they want
  // Each has a child of its own. 0: as many as there are processors, at most 4.
  std::size_t layers_at_once = 0;
  // Of the kernel, around each child; with less, nothing is read and base::ConfigError thrown.
  worker::SandboxReport required_defences = worker::kAlwaysRequired;
  // Whether each layer is hashed uncompressed and compared with the image's configuration, too (diff_ids.h): a request
  // more, and a third more processor time. What is in a cache without having been compared is read again.
  bool verify_diff_ids = false;
  // Whether SBOMs that are attached to the image are read, too (attached_sboms.h): some requests more.
  bool attached_sboms = false;
  std::optional<base::Digest> index{};  // that led to the manifest; what is attached to it may be about the image, too
  // PEM: whose signatures of attached SBOMs are looked for; none: no signature is.
  std::vector<std::string> sbom_keys{};
};

// Reads one platform manifest's image in one pass, parsing its bytes in sandboxed child processes. What could not be
// looked at is in the inventory's warnings with complete = false. Throws what ImageSource throws when the image cannot
// be fetched at all, base::NetworkError "stopped" on a stop request. The calling thread is at a lower priority from
// then on (nice 10), as are the children. The same image gives the same inventory, whatever was in the cache.
[[nodiscard]] Inventory scan_image(registry::ImageSource& source, const base::Digest& manifest_digest,
                                   const std::string& platform, const ScanSettings& settings,
                                   const OnProgress& on_progress, std::stop_token stop);

}  // namespace scanner
