#include "scanner/scanner.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/limits.h"
#include "scanner/report_version.h"
#include "scanner/worker/worker_process.h"

namespace scanner {
namespace {

// Scans take all the processor that they get, and nobody waits for one to the millisecond: what shares the machine with
// them, a webhook above all, goes first. Of the calling thread, and of the reader that it starts. What the kernel
// refuses is left as it is.
void yield_to_others() {
  constexpr int kNiceness = 10;
  if (getpriority(PRIO_PROCESS, 0) < kNiceness) static_cast<void>(setpriority(PRIO_PROCESS, 0, kNiceness));
}

ScanWarning warning_of(std::string reason, std::string path, std::string message) {
  return {.reason = std::move(reason), .path = std::move(path), .message = std::move(message)};
}

// Reports bytes as they pass.
class Progress {
 public:
  Progress(const registry::Manifest& manifest, const OnProgress& on_progress) : on_progress_(on_progress) {
    for (const registry::Descriptor& layer : manifest.layers) {
      progress_.bytes_total = base::add_saturating(progress_.bytes_total, layer.size);
    }
  }

  void fetched(std::size_t bytes) {
    progress_.bytes_done += bytes;
    report("fetch");
  }
  void extracting() { report("extract"); }
  [[nodiscard]] std::uint64_t bytes_done() const { return progress_.bytes_done; }

 private:
  void report(const char* stage) {
    progress_.stage = stage;
    if (on_progress_) on_progress_(progress_);
  }

  const OnProgress& on_progress_;
  ScanProgress progress_;
};

struct Scan {
  registry::ImageSource& source;
  const registry::Manifest& manifest;
  const ScanLimits& limits;
  Progress& progress;
  std::stop_token stop;
};

// Hands one layer to the child while it arrives. stream_blob() throws when the digest turns out to be a lie, and then
// nothing that the child read of it is ever asked for.
void pass_layer(Scan& scan, worker::WorkerProcess& child, const registry::Descriptor& layer) {
  child.begin_layer(layer.digest.text());
  scan.source.stream_blob(
      layer,
      [&](std::span<const std::byte> bytes) {
        child.send(bytes);
        scan.progress.fetched(bytes.size());
      },
      scan.stop);
  child.end_layer();
}

Inventory read_layers(Scan& scan) {
  worker::WorkerProcess child(std::chrono::steady_clock::now() + scan.limits.timeout, scan.stop);
  std::vector<ScanWarning> skipped;
  std::uint64_t compressed_bytes = 0;
  for (const registry::Descriptor& layer : scan.manifest.layers) {
    compressed_bytes = base::add_saturating(compressed_bytes, layer.size);
    if (compressed_bytes > scan.limits.compressed_bytes_max) {
      skipped.push_back(warning_of("LimitExceeded", layer.digest.text(),
                                   fmt::format("the image is larger than {} bytes; this layer and those above it were "
                                               "not read",
                                               scan.limits.compressed_bytes_max)));
      break;
    }
    pass_layer(scan, child, layer);
  }
  scan.progress.extracting();
  Inventory inventory = child.finish();
  inventory.warnings.insert(inventory.warnings.end(), skipped.begin(), skipped.end());
  return inventory;
}

// An image that its reader does not survive was not looked at: that is a result, and never a clean one.
Inventory read_layers_or_tell(Scan& scan) {
  Inventory unread;
  try {
    return read_layers(scan);
  } catch (const worker::WorkerDied& error) {
    unread.warnings.push_back(warning_of("Unreadable", scan.manifest.digest.text(), error.what()));
  } catch (const worker::WorkerTimeout& error) {
    unread.warnings.push_back(warning_of("LimitExceeded", scan.manifest.digest.text(),
                                         fmt::format("{} ({} s)", error.what(), scan.limits.timeout.count())));
  }
  return unread;
}

}  // namespace

Inventory scan_image(registry::ImageSource& source, const base::Digest& manifest_digest, const std::string& platform,
                     const ScanLimits& limits, const OnProgress& on_progress, std::stop_token stop) {
  yield_to_others();
  const registry::Manifest manifest = source.manifest(manifest_digest, stop);
  Progress progress(manifest, on_progress);
  Scan scan{source, manifest, limits, progress, stop};

  Inventory inventory = read_layers_or_tell(scan);

  inventory.digest = manifest_digest.text();
  inventory.platform = platform;
  inventory.compressed_bytes = progress.bytes_done();
  inventory.scanner_version = scanner_version();
  std::sort(inventory.warnings.begin(), inventory.warnings.end());
  inventory.complete = std::none_of(inventory.warnings.begin(), inventory.warnings.end(),
                                    [](const ScanWarning& warning) { return warning.makes_incomplete; });
  return inventory;
}

}  // namespace scanner
