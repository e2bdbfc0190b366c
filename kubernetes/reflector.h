// A kind of the Kubernetes API kept in memory: a watch, the store that it fills and the thread that runs it.
#pragma once

#include <memory>
#include <stop_token>
#include <thread>
#include <utility>

#include "kubernetes/store.h"
#include "kubernetes/watcher.h"

namespace kubernetes {

// Watches from construction to destruction; the callbacks run on its thread. Neither copied nor moved.
template <typename T>
class Reflector {
 public:
  struct Settings {
    ResourceType type;
    WatcherSettings watch;
    typename Store<T>::Decode decode;
    typename Store<T>::Callbacks callbacks;
    base::ColdFile* cold = nullptr;  // as in Store; borrowed
  };

  Reflector(std::shared_ptr<ApiClient> client, Settings settings)
      : store_(std::move(settings.decode), std::move(settings.callbacks), settings.cold),
        watcher_(std::move(client), std::move(settings.type), std::move(settings.watch),
                 [this](const ObjectEvent& event) { store_.apply(event); }),
        thread_([this](std::stop_token stop) { watcher_.run(std::move(stop)); }) {}

  [[nodiscard]] const Store<T>& store() const { return store_; }
  [[nodiscard]] WatchStatus status() const { return watcher_.status(); }
  [[nodiscard]] bool synced() const { return store_.synced(); }
  // Asks the thread to end without waiting for it, so that many can end together.
  void request_stop() { thread_.request_stop(); }

 private:
  Store<T> store_;
  Watcher watcher_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace kubernetes
