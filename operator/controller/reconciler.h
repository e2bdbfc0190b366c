// The one interface between the controller's loop and what it does.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "kubernetes/resource.h"
#include "operator/controller/work_queue.h"

namespace pratique_operator::controller {

// What comes after a reconcile that did what it could.
struct Result {
  std::optional<std::chrono::milliseconds> requeue_after;
  Priority priority = Priority::kNormal;  // of that next time
};

// Makes the world agree with one object. Level-based: it reads the present state, never the event that queued the key,
// and may be called at any time, also for an object that is gone. Called by several threads, never for one key at once.
class Reconciler {
 public:
  virtual ~Reconciler() = default;
  // Throws base::Error when it failed: the key comes back after a back-off and the controller's on_error is told. A
  // stop request means: end soon, by returning or throwing; the key is not lost, the next leader lists everything.
  [[nodiscard]] virtual Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) = 0;
};

}  // namespace pratique_operator::controller
