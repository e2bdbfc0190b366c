// Who reads a layer: of several scans that want the same one at the same time, one reads it and the others wait a
// little for its record.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>

#include "base/digest.h"

namespace scanner {

// Thread-safe.
class LayerTurns {
 public:
  // How long one scan waits for another, whose registry may be slower than its own, or mean to be.
  static constexpr std::chrono::seconds kPatience{3};

  // The layer is read by this scan while it lives.
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

  // Waits until nobody reads the layer, for kPatience at most. Throws base::NetworkError "stopped" on a stop request.
  [[nodiscard]] Turn take(const base::Digest& layer, const std::stop_token& stop);

 private:
  void end(const base::Digest& layer);

  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::multiset<base::Digest> read_now_;  // guarded by mutex_
};

}  // namespace scanner
