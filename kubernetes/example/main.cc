// A small controller, whole: it follows the ConfigMaps of a namespace, tells each change on stdout, and keeps one more,
// `config-map-count`, that says how many there are. Of several copies one writes.
//
//   kubernetes-example NAMESPACE [KUBECONFIG]
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "base/error.h"
#include "kubernetes/apply.h"
#include "kubernetes/leader_client.h"
#include "kubernetes/lease.h"
#include "kubernetes/reflector.h"

namespace {

using kubernetes::ObjectKey;

const kubernetes::ResourceType kConfigMap{
    .group = "", .version = "v1", .kind = "ConfigMap", .plural = "configmaps", .namespaced = true};

// What is needed of each object, and no more: a store may hold many.
struct ConfigMap {
  std::map<std::string, std::string> data;
};
using ConfigMaps = kubernetes::Store<ConfigMap>;

// For apply_if_changed(), which compares with it.
void to_json(nlohmann::json& object, const ConfigMap& map) {
  object = {{"data", map.data}};
}

// What it throws makes the object an invalid entry of its store.
ConfigMap read_config_map(const nlohmann::json& object) {
  return {.data = object.value("data", std::map<std::string, std::string>())};
}

// A callback of a watch notes and returns; whoever has time for the work waits here.
class Changes {
 public:
  void note() {
    const std::lock_guard lock(mutex_);
    noted_ = true;
    changed_.notify_all();
  }
  // False: it is time to stop. Several changes since the last call are one.
  [[nodiscard]] bool wait(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const bool noted = changed_.wait(lock, stop, [this] { return noted_; });
    noted_ = false;
    return noted;
  }
  void rest(std::chrono::milliseconds time, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, time, [] { return false; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool noted_ = true;  // guarded by mutex_; at first there is everything to look at
};

kubernetes::Reflector<ConfigMap>::Settings settings_for(const std::string& ns, Changes& changes) {
  kubernetes::Reflector<ConfigMap>::Settings settings;
  settings.type = kConfigMap;
  settings.watch.scope.ns = ns;
  settings.decode = read_config_map;
  settings.callbacks.on_change = [&changes](const ObjectKey& key, const auto& before, const auto& now) {
    std::printf("%s %s\n", before == nullptr ? "new" : now == nullptr ? "gone" : "changed", key.text().c_str());
    std::fflush(stdout);
    changes.note();
  };
  return settings;
}

// Looks at the present state alone, never at what has changed: so it does not matter what was missed.
void write_count(const ConfigMaps& maps, const ObjectKey& key, kubernetes::ApiClient& client) {
  const std::size_t count = maps.keys(key.ns).size() - (maps.contains(key) ? 1 : 0);
  const nlohmann::json wanted = {{"metadata", {{"namespace", key.ns}, {"name", key.name}}},
                                 {"data", {{"count", std::to_string(count)}}}};
  kubernetes::apply_if_changed(client, kConfigMap, maps.get(key), wanted,
                               {.field_manager = "kubernetes-example", .subresource = {}});
}

void keep_count(const kubernetes::Reflector<ConfigMap>& maps, const ObjectKey& key, kubernetes::ApiClient& client,
                Changes& changes, const std::stop_token& stop) {
  while (!maps.synced() && !stop.stop_requested()) changes.rest(std::chrono::milliseconds(20), stop);
  while (changes.wait(stop)) {
    try {
      write_count(maps.store(), key, client);
    } catch (const base::Error& error) {
      std::fprintf(stderr, "kubernetes-example: %s\n", error.what());
      changes.rest(std::chrono::seconds(1), stop);
      changes.note();
    }
  }
}

void run(const std::string& ns, const std::string& kubeconfig) {
  // Before the first thread starts, so that the signal waits for sigwait().
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const auto config = std::make_shared<const kubernetes::Config>(kubernetes::load_config(kubeconfig));
  const std::shared_ptr<kubernetes::ApiClient> client = kubernetes::make_api_client(config);
  Changes changes;
  const kubernetes::Reflector<ConfigMap> maps(client, settings_for(ns, changes));
  kubernetes::LeaderElection election(
      client, {.key = {.ns = ns, .name = "kubernetes-example"}, .identity = "example-" + std::to_string(::getpid())},
      nullptr);
  kubernetes::LeaderClient leader_client(*client, [&election] { return election.holds_lease(); });
  const std::jthread leading([&](const std::stop_token& stop) {
    const ObjectKey count{.ns = ns, .name = "config-map-count"};
    const kubernetes::LeaseEnd end =
        election.run([&](const std::stop_token& lost) { keep_count(maps, count, leader_client, changes, lost); }, stop);
    // Who lost its lease ends, and is started again: nothing that it holds is old.
    if (end == kubernetes::LeaseEnd::kLost) ::kill(::getpid(), SIGTERM);
  });
  int signal = 0;
  sigwait(&signals, &signal);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: kubernetes-example NAMESPACE [KUBECONFIG]\n");
    return 2;
  }
  try {
    run(argv[1], argc == 3 ? argv[2] : "");
    return 0;
  } catch (const base::Error& error) {
    std::fprintf(stderr, "kubernetes-example: %s\n", error.what());
    return 1;
  }
}
