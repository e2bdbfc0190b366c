#include "scanner/layer_reading.h"

#include <algorithm>
#include <atomic>
#include <future>

#include "base/failpoint.h"
#include "scanner/failpoints.h"
#include "scanner/layers/layer_record.h"

namespace scanner {
namespace {

// Of an image's records, held until it is put together. The largest images known have 2 MiB of them; what is past this
// is read again.
constexpr std::size_t kRecordBytesHeldMax = std::size_t{64} << 20;

// The child's deadline is what ends a scan; this much later so does a registry that sends nothing to hand to it.
constexpr std::chrono::seconds kFetchGrace{5};

class LayerReading {
 public:
  LayerReading(const std::vector<registry::Descriptor>& layers, LayerReadingSettings settings)
      : settings_(std::move(settings)), forward_stop_(settings_.stop, [this] { stop(); }) {
    settings_.stop = stop_.get_token();
    for (const registry::Descriptor& layer : layers) {
      if (readouts_.try_emplace(layer.digest).second) queue_.push_back(layer);
    }
    std::stable_sort(queue_.begin(), queue_.end(),
                     [](const auto& left, const auto& right) { return left.size > right.size; });
  }

  std::map<base::Digest, LayerReadout> run() {
    std::vector<std::future<void>> workers;
    for (std::size_t index = 0; index < std::min(settings_.layers_at_once, queue_.size()); ++index) {
      workers.push_back(std::async(std::launch::async, [this, index] { work(static_cast<int>(index)); }));
    }
    for (const std::future<void>& worker : workers) worker.wait();
    // What failed first is the reason; the others were stopped for it.
    if (first_failed_ >= 0) workers[static_cast<std::size_t>(first_failed_)].get();
    for (std::future<void>& worker : workers) worker.get();
    return std::move(readouts_);
  }

 private:
  // Stops the other workers when this one ends by an exception.
  class Watch {
   public:
    Watch(LayerReading& reading, int worker) : reading_(reading), worker_(worker) {}
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() {
      if (done) return;
      int none = -1;
      reading_.first_failed_.compare_exchange_strong(none, worker_);
      reading_.stop();
    }
    bool done = false;

   private:
    LayerReading& reading_;
    int worker_;
  };

  void work(int worker) {
    Watch watch(*this, worker);
    while (read_next(worker)) {
    }
    watch.done = true;
  }

  // The first worker has the scan's own room; the others help where there is more, as long as there is something to do.
  bool read_next(int worker) {
    std::optional<MemoryBudget::Share> share;
    if (worker > 0 && settings_.memory != nullptr) {
      share = settings_.memory->take(nothing_left_.get_token());
      if (!share) return false;
    }
    const std::size_t at = next_++;
    if (at >= queue_.size()) {
      nothing_left_.request_stop();
      return false;
    }
    readouts_.at(queue_[at].digest) = read(queue_[at]);
    return true;
  }

  void stop() {
    stop_.request_stop();
    nothing_left_.request_stop();
  }

  LayerReadout read(const registry::Descriptor& layer) {
    if (settings_.cache == nullptr) return read_anew(layer);
    if (std::optional<LayerReadout> known = find(layer)) return hold(*std::move(known));
    const LayerTurns::Turn turn = settings_.cache->turns().take(layer.digest, settings_.stop);
    // Another scan may have read it while this one waited.
    if (std::optional<LayerReadout> known = find(layer)) return hold(*std::move(known));
    return read_anew(layer);
  }

  LayerReadout read_anew(const registry::Descriptor& layer) {
    try {
      worker::LoneLayer read = read_alone(layer);
      base::failpoint(kLayerRead);
      if (settings_.cache != nullptr && layers::is_whole_record(read.record)) {
        settings_.cache->keep_layer(layer.digest, read.record);
        base::failpoint(kLayerKept);
        if (read.diff_id) settings_.cache->keep_diff_id(layer.digest, *read.diff_id);
      }
      return hold({.record = std::move(read.record), .diff_id = std::move(read.diff_id)});
    } catch (const worker::WorkerDied& error) {
      return {.warning = ScanWarning{.reason = error.reason(), .path = layer.digest.text(), .message = error.what()}};
    }
  }

  std::optional<LayerReadout> find(const registry::Descriptor& layer) {
    const std::optional<std::string> record = settings_.cache->find_layer(layer.digest);
    if (!record || !layers::is_whole_record(*record)) return std::nullopt;
    LayerReadout known{.record = *record};
    if (settings_.diff_id == worker::DiffId::kWanted) {
      known.diff_id = settings_.cache->find_diff_id(layer.digest);
      if (!known.diff_id) return std::nullopt;  // it was read when nobody asked
    }
    // That somebody else could pull it once says nothing of whoever asks now.
    if (!settings_.source.may_pull(layer, {settings_.stop, settings_.deadline})) return std::nullopt;
    settings_.progress.add(layer.size);
    return known;
  }

  worker::LoneLayer read_alone(const registry::Descriptor& layer) {
    worker::WorkerProcess child(settings_.deadline, settings_.stop, settings_.children);
    child.expect_lone_layer(settings_.diff_id);
    pass_layer(layer, settings_, child);
    return child.finish_lone_layer();
  }

  LayerReadout hold(LayerReadout readout) {
    const std::size_t bytes = readout.record.size();
    if (bytes_held_.fetch_add(bytes) + bytes > kRecordBytesHeldMax) readout.record = {};
    return readout;
  }

  LayerReadingSettings settings_;
  std::stop_source stop_;
  std::stop_source nothing_left_;  // to be read, or no wish to
  std::stop_callback<std::function<void()>> forward_stop_;
  std::vector<registry::Descriptor> queue_;        // largest first
  std::map<base::Digest, LayerReadout> readouts_;  // complete before the workers start: each writes its own
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> bytes_held_ = 0;
  std::atomic<int> first_failed_ = -1;
};

}  // namespace

void pass_layer(const registry::Descriptor& layer, const LayerReadingSettings& settings, worker::WorkerProcess& child) {
  child.begin_layer(layer.digest.text());
  settings.source.stream_blob(layer,
                              [&](std::span<const std::byte> bytes) {
                                child.send(bytes);
                                settings.progress.add(bytes.size());
                              },
                              {settings.stop, settings.deadline + kFetchGrace});
  base::failpoint(kLayerFetched);
  child.end_layer();
}

std::map<base::Digest, LayerReadout> read_layers(const std::vector<registry::Descriptor>& layers,
                                                 const LayerReadingSettings& settings) {
  return LayerReading(layers, settings).run();
}

}  // namespace scanner
