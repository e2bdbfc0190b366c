// Who reads a layer: of several scans that want the same one at the same time, one reads it and the others wait for its
// record.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>

#include "base/clock.h"
#include "base/digest.h"

namespace scanner {

// Thread-safe.
class LayerTurns {
 public:
  // A layer is this scan's while it lives.
  class Turn {
   public:
    Turn(LayerTurns& turns, const base::Digest& layer) : turns_(turns), layer_(layer) {}
    ~Turn() { turns_.end(layer_); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    LayerTurns& turns_;
    const base::Digest layer_;
  };

  // Waits until nobody reads the layer. Throws base::NetworkError "stopped" on a stop request and worker::WorkerTimeout
  // past the deadline.
  [[nodiscard]] Turn take(const base::Digest& layer, base::SteadyTime deadline, const std::stop_token& stop);

 private:
  void end(const base::Digest& layer);

  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::set<base::Digest> read_now_;  // guarded by mutex_
};

}  // namespace scanner
