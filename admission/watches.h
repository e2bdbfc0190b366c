// The threads that keep the cluster view up to date: one for each watched kind, from construction to destruction.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "admission/cluster_view.h"
#include "kubernetes/api_client.h"
#include "kubernetes/watcher.h"

namespace admission {

class Watches {
 public:
  // Borrows the view.
  Watches(const std::shared_ptr<kubernetes::ApiClient>& client, ClusterView& view);
  ~Watches();
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

  // Since when the API server has not been heard on the watch that it has been silent on for longest. A watch in order
  // hears something every minute. Thread-safe.
  [[nodiscard]] std::chrono::seconds age(base::SteadyTime now) const;

 private:
  std::vector<std::unique_ptr<kubernetes::Watcher>> watchers_;
  std::vector<std::jthread> threads_;  // last: they use the watchers
};

}  // namespace admission
