#include "scanner/layer_turns.h"

#include "base/error.h"

namespace scanner {

LayerTurns::Turn LayerTurns::take(const base::Digest& layer, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, stop, kPatience, [&] { return !read_now_.contains(layer); });
  if (stop.stop_requested()) throw base::NetworkError("stopped");
  read_now_.insert(layer);
  return Turn(*this, layer);
}

void LayerTurns::end(const base::Digest& layer) {
  const std::lock_guard lock(mutex_);
  read_now_.erase(read_now_.find(layer));
  ended_.notify_all();
}

}  // namespace scanner
