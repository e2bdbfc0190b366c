#include "scanner/layer_turns.h"

#include "base/error.h"
#include "scanner/worker/worker_process.h"

namespace scanner {

LayerTurns::Turn LayerTurns::take(const base::Digest& layer, base::SteadyTime deadline, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const bool is_free = ended_.wait_until(lock, stop, deadline, [&] { return !read_now_.contains(layer); });
  if (stop.stop_requested()) throw base::NetworkError("stopped");
  if (!is_free) throw worker::WorkerTimeout("another scan reads a layer for longer than this one may take");
  read_now_.insert(layer);
  return Turn(*this, layer);
}

void LayerTurns::end(const base::Digest& layer) {
  const std::lock_guard lock(mutex_);
  read_now_.erase(layer);
  ended_.notify_all();
}

}  // namespace scanner
