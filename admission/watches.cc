#include "admission/watches.h"

#include <algorithm>

namespace admission {

Watches::Watches(const std::shared_ptr<kubernetes::ApiClient>& client, ClusterView& view) {
  for (ClusterView::Watched& watched : view.watched()) {
    auto watcher = std::make_unique<kubernetes::Watcher>(client, watched.type, kubernetes::WatcherSettings{},
                                                         std::move(watched.on_event));
    threads_.emplace_back([one = watcher.get()](std::stop_token stop) { one->run(std::move(stop)); });
    watchers_.push_back(std::move(watcher));
  }
}

Watches::~Watches() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

std::chrono::seconds Watches::age(base::SteadyTime now) const {
  base::SteadyTime oldest = now;
  for (const auto& watcher : watchers_) oldest = std::min(oldest, watcher->status().last_contact);
  return std::chrono::floor<std::chrono::seconds>(now - oldest);
}

}  // namespace admission
