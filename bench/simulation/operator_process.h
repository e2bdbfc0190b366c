// The operator in simulated time: its real watches, leader, queues and reconcilers, each worker a process.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/simulation/advisory_feed.h"
#include "bench/simulation/simulated_api.h"
#include "bench/simulation/stand_ins.h"
#include "net/metrics.h"
#include "operator/leader.h"
#include "operator/reconcilers/event_scan_requests.h"
#include "operator/watches.h"

namespace bench::simulation {

// How the workers of one controller are driven.
struct Drive {
  const char* controller;
  int workers;
  std::chrono::nanoseconds cost;    // CPU of one look, docs/scaling.md
  std::chrono::nanoseconds period;  // looked at no more often than at each multiple; 0: whenever a key is due
};

// Those that look at everything each minute, or at a file every five seconds, do it once in an hour or a day: a year
// has half a million minutes. Those that ask registries by themselves (scan_registry, discovery, registry_provider,
// vex_source) do not run.
[[nodiscard]] const std::vector<Drive>& drives();

// To be made once the first objects are in the API, and before time passes. Its processes are to be ended first.
class OperatorProcess {
 public:
  struct Surroundings {  // borrowed
    SimulatedTime& time;
    std::shared_ptr<SimulatedApi> api;
    const AdvisoryFeed& feed;
    MadeRegistries& registries;
    MadeScanners& scanners;
  };
  explicit OperatorProcess(Surroundings surroundings);
  ~OperatorProcess();
  OperatorProcess(const OperatorProcess&) = delete;
  OperatorProcess& operator=(const OperatorProcess&) = delete;

  // What registry events ask for; for processes.
  [[nodiscard]] pratique_operator::reconcilers::EventScanRequests& events() { return events_; }
  // Keys that are due and wait, of the controllers that are driven whenever one is due.
  [[nodiscard]] std::size_t depth();
  // Looks of each controller so far.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& looks() const { return looks_; }
  // Looks that failed, lost races included.
  [[nodiscard]] std::uint64_t failures() const;

 private:
  void add_workers(const Drive& drive, pratique_operator::controller::Controller& controller);
  void work(const Drive& drive, pratique_operator::controller::Controller& controller, std::size_t place,
            const std::stop_token& stop);

  Surroundings with_;
  net::Metrics metrics_;
  UntoldEvents untold_;
  pratique_operator::Watches watches_;
  pratique_operator::Leader leader_;
  pratique_operator::reconcilers::EventScanRequests events_;
  std::vector<pratique_operator::controller::Controller*> busy_;  // whose depth counts
  std::map<std::string, std::uint64_t> looks_;
};

}  // namespace bench::simulation
