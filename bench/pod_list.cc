// What the first list of a cluster's pods takes in memory: as the operator lists them, and keeps what it keeps.
// Usage: bench_pod_list KUBECONFIG; prints {"pods": N, "peak": BYTES, "kept": BYTES}, both above what the process had
// before the list.
#include <fmt/core.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/error.h"
#include "base/value_pool.h"
#include "kubernetes/api_client.h"
#include "kubernetes/config.h"
#include "kubernetes/reflector.h"
#include "operator/reconcilers/workload_images.h"

namespace {

using pratique_operator::reconcilers::UsedImages;
using pratique_operator::reconcilers::WorkloadImages;

const kubernetes::ResourceType kPod{"", "v1", "Pod", "pods", true};
constexpr std::chrono::seconds kWithin{120};

// A line of /proc/self/status, in bytes.
long memory(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(name + ":")) continue;
    long kibibytes = 0;
    std::istringstream(line.substr(name.size() + 1)) >> kibibytes;
    return kibibytes * 1024;
  }
  throw base::ParseError("/proc/self/status has no " + name);
}

// VmHWM begins anew: proc(5), clear_refs.
void forget_peak() {
  std::ofstream("/proc/self/clear_refs") << 5;
}

int run(const char* kubeconfig) {
  const auto config = std::make_shared<const kubernetes::Config>(kubernetes::load_config(kubeconfig));
  const std::shared_ptr<kubernetes::ApiClient> client = kubernetes::make_api_client(config, nullptr);
  // A connection and all that comes with it is there before.
  static_cast<void>(client->get(kPod, {.ns = "default", .name = "nobody"}));
  forget_peak();
  const long before = memory("VmRSS");
  const kubernetes::Reflector<WorkloadImages> pods(
      client, {.type = kPod,
               .watch = {},
               .decode =
                   [pool = std::make_shared<base::ValuePool<UsedImages>>()](const nlohmann::json& object) {
                     WorkloadImages pod = pratique_operator::reconcilers::read_workload("Pod", object);
                     pod.used = pool->share(*pod.used);
                     return pod;
                   },
               .callbacks = {.on_change = {}, .on_invalid = {}}});
  const auto end = std::chrono::steady_clock::now() + kWithin;
  while (!pods.synced()) {
    if (std::chrono::steady_clock::now() > end) throw base::NetworkError("no list: " + pods.status().last_error);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const long peak = memory("VmHWM") - before;
  fmt::print("{{\"pods\": {}, \"peak\": {}, \"kept\": {}}}\n", pods.store().size(), peak, memory("VmRSS") - before);
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    fmt::print(stderr, "usage: bench_pod_list KUBECONFIG\n");
    return 1;
  }
  return run(argv[1]);
} catch (const base::Error& error) {
  fmt::print(stderr, "bench_pod_list: {}\n", error.what());
  return 1;
}
