// The loop: N workers take keys from a queue and reconcile them; an error becomes a back-off and a call of on_error.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/guarded.h"
#include "net/metrics.h"
#include "operator/controller/backoff.h"
#include "operator/controller/reconciler.h"
#include "operator/controller/work_queue.h"

namespace pratique_operator::controller {

struct ControllerSettings {
  std::string name;  // of the metrics and logs: "image_scan"
  int workers = 1;
  BackoffSettings backoff;
  // Told of each error that a reconcile threw, on the worker's thread, while no other worker can have the key: the
  // place to write a condition. Not told of what fails because of a stop. An error that it throws itself is counted
  // (controller_runtime_reconcile_errors_total) and logged; the key is tried again in any case.
  std::function<void(const kubernetes::ObjectKey& key, const base::Error& error)> on_error;
};

// Keys may be added before start(): a replica that is not the leader collects them. Thread-safe. Metrics have
// controller-runtime's names (controller_runtime_*, workqueue_*).
//
// A key that is added runs at once, also when it is backing off. So a watch must not add a key for what its own
// reconciler or on_error has written (a status): a failing object would be tried without a pause.
class Controller {
 public:
  // Borrows all three; they must outlive it.
  Controller(ControllerSettings settings, Reconciler& reconciler, const base::Clock& clock, net::Metrics& metrics);
  ~Controller();

  void enqueue(const kubernetes::ObjectKey& key, Priority priority = Priority::kNormal);
  void enqueue_after(const kubernetes::ObjectKey& key, std::chrono::milliseconds delay,
                     Priority priority = Priority::kNormal);

  // Starts the workers; once.
  void start();
  // Asks the workers to end, without waiting: so that several controllers can end together.
  void request_stop();
  // Asks the workers to end and joins them; what they have in hand they finish or give up by themselves.
  void stop();

  // For who has no threads to give, instead of start(): works on the next key that is due, on the calling thread.
  // False: none is due.
  bool step(const std::stop_token& stop);
  // When the next key becomes due: the present where one waits; nullopt: there is none.
  [[nodiscard]] std::optional<base::SteadyTime> next_due() const { return queue_.next_due(); }

  [[nodiscard]] const std::string& name() const { return settings_.name; }
  [[nodiscard]] std::size_t depth() const { return queue_.depth(); }

 private:
  void work(std::stop_token stop);
  void process(const WorkItem& item, std::stop_token stop);
  [[nodiscard]] bool reconcile(const WorkItem& item, const std::stop_token& stop);
  void retry(const WorkItem& item, const base::Error& error);
  [[nodiscard]] std::chrono::milliseconds retry_delay(const kubernetes::ObjectKey& key, const base::Error& error);
  void tell(const kubernetes::ObjectKey& key, const base::Error& error);
  void show_gauges();

  ControllerSettings settings_;
  Reconciler& reconciler_;
  const base::Clock& clock_;
  net::Metrics& metrics_;
  WorkQueue queue_;
  base::Guarded<Backoff> backoff_;
  base::Guarded<std::map<kubernetes::ObjectKey, base::SteadyTime>> running_;  // since when
  std::vector<std::jthread> workers_;                                         // last: they use the others
};

}  // namespace pratique_operator::controller
