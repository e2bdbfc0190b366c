#include "bench/simulation/operator_process.h"

#include <sstream>
#include <string_view>

#include "operator/reconcilers/workload_images.h"

namespace bench::simulation {

using pratique_operator::controller::Controller;
using namespace std::chrono_literals;

namespace {

constexpr const char* kNamespace = "pratique-system";
// What Watches watches beside the kinds of workloads.
constexpr std::size_t kOtherKinds = 13;

// The first multiple of the period since the clock's beginning that is not before `time`.
base::SteadyTime next_multiple(base::SteadyTime time, std::chrono::nanoseconds period) {
  const auto since = time.time_since_epoch();
  return base::SteadyTime((since + period - 1ns) / period * period);
}

}  // namespace

const std::vector<Drive>& drives() {
  static const std::vector<Drive> all = {
      {.controller = "image_scan", .workers = 4, .cost = 1ms, .period = 0ns},
      {.controller = "image_report", .workers = 4, .cost = 500us, .period = 0ns},
      {.controller = "finding", .workers = 2, .cost = 20ms, .period = 0ns},
      {.controller = "change", .workers = 1, .cost = 1ms, .period = 0ns},
      {.controller = "workload", .workers = 2, .cost = 500us, .period = 0ns},
      {.controller = "vulnerability_database", .workers = 1, .cost = 1ms, .period = 1h},
      {.controller = "collection", .workers = 1, .cost = 20ms, .period = 1h},
      {.controller = "rule_status", .workers = 1, .cost = 500ms, .period = 24h},
      {.controller = "scan_backlog", .workers = 1, .cost = 10ms, .period = 24h},
  };
  return all;
}

OperatorProcess::OperatorProcess(Surroundings surroundings)
    : with_(std::move(surroundings)),
      watches_(with_.api, with_.time, nullptr),
      leader_({.database = {.path = with_.feed.database(),
                            .keys = with_.feed.keys(),
                            .installed = with_.feed.installed(),
                            .fetched = with_.feed.fetched()},
               .operator_namespace = kNamespace},
              {.watches = watches_,
               .api = *with_.api,
               .scanners = with_.scanners,
               .clock = with_.time,
               .metrics = metrics_,
               .events = untold_,
               .credential_plugins = nullptr,
               .resolver = &with_.registries}),
      events_({.registries = watches_.registries(),
               .scans = watches_.scans(),
               .index = watches_.index(),
               .api = *with_.api,
               .clock = with_.time,
               .events = untold_,
               .operator_namespace = kNamespace,
               // The simulated API refuses a patch of what is gone alone.
               .ask_later = [](const kubernetes::ObjectKey&) {}}) {
  with_.api->wait_for_watches(kOtherKinds + pratique_operator::reconcilers::workload_types().size());
  leader_.begin();
  for (const Drive& drive : drives()) {
    for (Controller* controller : leader_.controllers()) {
      if (controller->name() == drive.controller) add_workers(drive, *controller);
    }
  }
}

OperatorProcess::~OperatorProcess() {
  watches_.set_listener(nullptr);
}

std::size_t OperatorProcess::depth() {
  std::size_t depth = 0;
  for (const Controller* controller : busy_) depth += controller->depth();
  return depth;
}

std::uint64_t OperatorProcess::failures() const {
  constexpr std::string_view kName = "controller_runtime_reconcile_errors_total{";
  std::uint64_t failures = 0;
  std::istringstream lines(metrics_.expose());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kName)) failures += std::stoull(line.substr(line.rfind(' ') + 1));
  }
  return failures;
}

void OperatorProcess::add_workers(const Drive& drive, Controller& controller) {
  if (drive.period == 0ns) busy_.push_back(&controller);
  const std::size_t place = with_.time.add_place([&drive, &controller]() -> std::optional<base::SteadyTime> {
    const std::optional<base::SteadyTime> due = controller.next_due();
    return due && drive.period != 0ns ? std::optional(next_multiple(*due, drive.period)) : due;
  });
  for (int i = 0; i < drive.workers; ++i) {
    with_.time.add_process(
        [this, &drive, &controller, place](const std::stop_token& stop) { work(drive, controller, place, stop); });
  }
}

void OperatorProcess::work(const Drive& drive, Controller& controller, std::size_t place, const std::stop_token& stop) {
  std::uint64_t& looks = looks_[drive.controller];
  while (!stop.stop_requested()) {
    with_.time.wait_at(place);
    // The key stays in the queue until the look has cost what it costs.
    with_.time.wait_for(drive.cost);
    if (!stop.stop_requested() && controller.step(stop)) ++looks;
  }
}

}  // namespace bench::simulation
