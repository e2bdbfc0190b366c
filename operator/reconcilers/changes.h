// What somebody changed that says something of many objects: followed by a worker, because the watch that brought it
// must not wait, and once for however many changes come meanwhile.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <utility>

#include "operator/controller/reconciler.h"

namespace pratique_operator::reconcilers {

// Keys of ChangeReconciler. A rule, an exception, a row or the labels of a namespace; empty: of all of them.
[[nodiscard]] inline kubernetes::ObjectKey change_of_namespace(const std::string& ns) {
  return {.ns = "namespaces", .name = ns};
}
// A ScanRegistry, whichever.
[[nodiscard]] inline kubernetes::ObjectKey change_of_registries() {
  return {.ns = "registries", .name = {}};
}

class ChangeReconciler final : public controller::Reconciler {
 public:
  // Both end early when they are asked to stop: the next leader looks at everything.
  struct Followers {
    std::function<void(const std::string& ns, const std::stop_token& stop)> on_namespace;
    std::function<void(const std::stop_token& stop)> on_registries;
  };
  explicit ChangeReconciler(Followers followers) : followers_(std::move(followers)) {}

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override {
    if (key == change_of_registries()) {
      followers_.on_registries(stop);
    } else {
      followers_.on_namespace(key.name, stop);
    }
    return {};
  }

 private:
  Followers followers_;
};

}  // namespace pratique_operator::reconcilers
