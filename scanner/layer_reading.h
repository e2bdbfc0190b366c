// The layers of an image as records: from the cache, or each read by a child of its own, several at once, largest
// first. A layer that makes its child do what it must not cannot touch the record of another.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "registry/image_source.h"
#include "scanner/fetch_progress.h"
#include "scanner/memory_budget.h"
#include "scanner/report.h"
#include "scanner/scan_cache.h"
#include "scanner/worker/worker_process.h"

namespace scanner {

// What is known of a layer before the image is put together.
struct LayerReadout {
  std::string record{};                   // empty: it is to be read while the image is put together
  std::optional<ScanWarning> warning{};   // why it could not be read; nothing of it is in the image then
  std::optional<base::Digest> diff_id{};  // of its uncompressed bytes, where they were read to their end
};

// Borrows; must outlive the reading.
struct LayerReadingSettings {
  registry::ImageSource& source;
  ScanCache* cache;      // null: none
  MemoryBudget* memory;  // of children beside the scan's first; null: each has room
  std::size_t layers_at_once;
  worker::WorkerSettings children;
  worker::DiffId diff_id;  // whether readouts have theirs
  base::SteadyTime deadline;
  FetchProgress& progress;
  std::stop_token stop;
};

// Throws what ImageSource throws for a layer that cannot be fetched, worker::WorkerTimeout past the deadline and
// base::NetworkError "stopped" on a stop request. No child is left when it returns or throws.
[[nodiscard]] std::map<base::Digest, LayerReadout> read_layers(const std::vector<registry::Descriptor>& layers,
                                                               const LayerReadingSettings& settings);

// Hands a layer to a child while it arrives. stream_blob() throws when the digest turns out to be a lie, and then
// nothing that the child read of it is ever asked for.
void pass_layer(const registry::Descriptor& layer, const LayerReadingSettings& settings, worker::WorkerProcess& child);

}  // namespace scanner
