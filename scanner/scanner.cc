#include "scanner/scanner.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "base/failpoint.h"
#include "base/limits.h"
#include "scanner/attached_sboms.h"
#include "scanner/diff_ids.h"
#include "scanner/failpoints.h"
#include "scanner/layer_reading.h"
#include "scanner/report_json.h"
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

// The layers that are read: base first, as far as the limit goes.
struct LayersWithin {
  std::vector<registry::Descriptor> layers;
  std::uint64_t compressed_bytes = 0;
  std::vector<ScanWarning> warnings;
};

LayersWithin layers_within(const registry::Manifest& manifest, std::uint64_t bytes_max) {
  LayersWithin within;
  for (const registry::Descriptor& layer : manifest.layers) {
    const std::uint64_t bytes = base::add_saturating(within.compressed_bytes, layer.size);
    if (bytes > bytes_max) {
      within.warnings.push_back(warning_of(
          "LimitExceeded", layer.digest.text(),
          fmt::format("the image is larger than {} bytes; this layer and those above it were not read", bytes_max)));
      break;
    }
    within.compressed_bytes = bytes;
    within.layers.push_back(layer);
  }
  return within;
}

std::size_t layers_at_once(const ScanSettings& settings) {
  constexpr std::size_t kMost = 4;
  if (settings.layers_at_once != 0) return settings.layers_at_once;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMost);
}

// What is read of an image. Borrows.
struct Content {
  const std::vector<registry::Descriptor>& layers;
  const std::vector<AttachedSbom>& attached;
  const std::vector<base::Digest>& diff_ids;  // of the layers, and of those above them; empty: nobody asked
};

std::vector<ScanWarning> differing_diff_ids(const Content& content,
                                            const std::map<base::Digest, LayerReadout>& readouts) {
  std::vector<ScanWarning> differing;
  if (content.diff_ids.empty()) return differing;
  for (std::size_t index = 0; index < content.layers.size(); ++index) {
    const base::Digest& layer = content.layers[index].digest;
    const std::optional<ScanWarning> warning = differing_diff_id(layer, readouts.at(layer), content.diff_ids.at(index));
    if (warning) differing.push_back(*warning);
  }
  return differing;
}

// Where nothing is kept and nothing can be read beside it, a layer is read while the image is put together.
Inventory read_image(const Content& content, const LayerReadingSettings& settings) {
  const std::vector<registry::Descriptor>& layers = content.layers;
  std::map<base::Digest, LayerReadout> readouts;
  if (settings.cache != nullptr || settings.diff_id == worker::DiffId::kWanted ||
      (layers.size() > 1 && settings.layers_at_once > 1)) {
    readouts = read_layers(layers, settings);
  }
  worker::WorkerProcess child(settings.deadline, settings.stop, settings.children);
  std::vector<ScanWarning> unread = differing_diff_ids(content, readouts);
  for (const registry::Descriptor& layer : layers) {
    const LayerReadout& readout = readouts[layer.digest];
    if (readout.warning) {
      unread.push_back(*readout.warning);
    } else if (!readout.record.empty()) {
      child.merge(layer.digest.text(), readout.record);
    } else {
      pass_layer(layer, settings, child);
    }
  }
  for (const AttachedSbom& sbom : content.attached) {
    const std::string layer = layer_of(sbom);
    child.begin_layer(sbom.digest.text());
    child.send(std::as_bytes(std::span(layer)));
    child.end_layer();
  }
  settings.progress.extracting();
  Inventory inventory = child.finish();
  inventory.warnings.insert(inventory.warnings.end(), unread.begin(), unread.end());
  return inventory;
}

// The same manifest is the same image. That this registry hands it out to whoever asks was seen a moment ago.
std::optional<Inventory> known_inventory(const base::Digest& manifest, const LayersWithin& within, ScanCache* cache) {
  if (cache == nullptr || !within.warnings.empty()) return std::nullopt;
  const std::optional<std::string> json = cache->find_image(manifest);
  return json ? std::optional(parse_inventory(*json)) : std::nullopt;
}

// What was not read wholly may be read the next time.
void keep_inventory(const base::Digest& manifest, const Inventory& inventory, ScanCache* cache) {
  if (cache != nullptr && inventory.complete) cache->keep_image(manifest, write_inventory(inventory));
}

// An image that its reader does not survive was not looked at: that is a result, and never a clean one.
Inventory read_image_or_tell(const registry::Manifest& manifest, const Content& content,
                             const LayerReadingSettings& settings, std::chrono::seconds timeout) {
  Inventory unread;
  yield_to_others();
  try {
    return read_image(content, settings);
  } catch (const worker::WorkerDied& error) {
    unread.warnings.push_back(warning_of(error.reason(), manifest.digest.text(), error.what()));
  } catch (const worker::WorkerTimeout& error) {
    unread.warnings.push_back(
        warning_of("LimitExceeded", manifest.digest.text(), fmt::format("{} ({} s)", error.what(), timeout.count())));
  }
  return unread;
}

}  // namespace

Inventory scan_image(registry::ImageSource& source, const base::Digest& manifest_digest, const std::string& platform,
                     const ScanSettings& settings, const OnProgress& on_progress, std::stop_token stop) {
  const base::SteadyTime deadline = std::chrono::steady_clock::now() + settings.limits.timeout;
  const registry::Manifest manifest = source.manifest(manifest_digest, {stop, deadline});
  base::failpoint(kManifestFetched);
  const LayersWithin within = layers_within(manifest, settings.limits.compressed_bytes_max);
  FetchProgress progress(within.compressed_bytes, on_progress);
  const LayerReadingSettings reading{
      .source = source,
      .cache = settings.cache.get(),
      .memory = settings.memory.get(),
      .layers_at_once = layers_at_once(settings),
      .children = {.budgets = settings.limits.budgets, .required_defences = settings.required_defences},
      .diff_id = settings.verify_diff_ids ? worker::DiffId::kWanted : worker::DiffId::kIgnored,
      .deadline = deadline,
      .progress = progress,
      .stop = stop};

  std::vector<base::Digest> diff_ids;
  if (settings.verify_diff_ids) diff_ids = fetch_diff_ids(source, manifest, {stop, deadline});
  AttachedSboms attached;
  if (settings.attached_sboms) {
    attached = fetch_attached_sboms(
        source, {.manifest = manifest_digest, .index = settings.index, .keys = settings.sbom_keys}, {stop, deadline});
  }
  // What is attached may change while the image does not: only an image without any is known as a whole.
  const bool is_alone = attached.sboms.empty() && attached.warnings.empty();
  std::optional<Inventory> known =
      is_alone && !settings.verify_diff_ids ? known_inventory(manifest_digest, within, reading.cache) : std::nullopt;
  if (known) progress.add(within.compressed_bytes);
  Inventory inventory =
      known ? std::move(*known)
            : read_image_or_tell(manifest, {within.layers, attached.sboms, diff_ids}, reading, settings.limits.timeout);

  inventory.digest = manifest_digest.text();
  inventory.platform = platform;
  inventory.compressed_bytes = within.compressed_bytes;
  inventory.scanner_version = scanner_version();
  for (const std::vector<ScanWarning>& more : {within.warnings, attached.warnings}) {
    inventory.warnings.insert(inventory.warnings.end(), more.begin(), more.end());
  }
  std::sort(inventory.warnings.begin(), inventory.warnings.end());
  inventory.complete = std::none_of(inventory.warnings.begin(), inventory.warnings.end(),
                                    [](const ScanWarning& warning) { return warning.makes_incomplete; });
  base::failpoint(kInventoryMade);
  if (!known && is_alone) keep_inventory(manifest_digest, inventory, reading.cache);
  base::failpoint(kInventoryKept);
  return inventory;
}

}  // namespace scanner
