#include "operator/controller/controller.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace pratique_operator::controller {
namespace {

using kubernetes::ObjectKey;

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

// Somebody else wrote the object first, and the next look takes in what they wrote: nothing that a person has to know
// of.
bool lost_race(const base::Error& error) {
  constexpr int kConflict = 409;
  const auto* http_error = dynamic_cast<const base::HttpError*>(&error);
  return http_error != nullptr && http_error->status() == kConflict;
}

}  // namespace

Controller::Controller(ControllerSettings settings, Reconciler& reconciler, const base::Clock& clock,
                       net::Metrics& metrics)
    : settings_(std::move(settings)),
      reconciler_(reconciler),
      clock_(clock),
      metrics_(metrics),
      queue_(clock),
      backoff_(Backoff(settings_.backoff)) {
  CHECK(settings_.workers > 0);
}

Controller::~Controller() {
  stop();
}

void Controller::enqueue(const ObjectKey& key, Priority priority) {
  queue_.add(key, priority);
  metrics_.add("workqueue_adds_total", {{"name", settings_.name}});
  show_gauges();
}

void Controller::enqueue_after(const ObjectKey& key, std::chrono::milliseconds delay, Priority priority) {
  queue_.add_after(key, delay, priority);
}

void Controller::start() {
  CHECK(workers_.empty());
  metrics_.set("controller_runtime_max_concurrent_reconciles", {{"controller", settings_.name}}, settings_.workers);
  for (int i = 0; i < settings_.workers; ++i) {
    workers_.emplace_back([this](std::stop_token stop) { work(std::move(stop)); });
  }
}

void Controller::request_stop() {
  for (std::jthread& worker : workers_) worker.request_stop();
}

void Controller::stop() {
  request_stop();
  workers_.clear();
}

bool Controller::step(const std::stop_token& stop) {
  const std::optional<WorkItem> item = queue_.try_take();
  if (item) process(*item, stop);
  return item.has_value();
}

void Controller::work(std::stop_token stop) {
  while (const std::optional<WorkItem> item = queue_.take(stop)) process(*item, stop);
}

void Controller::process(const WorkItem& item, std::stop_token stop) {
  const base::SteadyTime start = clock_.steady_now();
  running_.with([&](auto& running) { running.emplace(item.key, start); });
  show_gauges();
  metrics_.observe("workqueue_queue_duration_seconds", {{"name", settings_.name}}, seconds(item.waited));

  if (reconcile(item, std::move(stop))) {
    backoff_.with([&](Backoff& backoff) { backoff.forget(item.key); });
  }

  const double duration = seconds(clock_.steady_now() - start);
  metrics_.observe("workqueue_work_duration_seconds", {{"name", settings_.name}}, duration);
  metrics_.observe("controller_runtime_reconcile_time_seconds", {{"controller", settings_.name}}, duration);
  running_.with([&](auto& running) { running.erase(item.key); });
  queue_.done(item.key);
  show_gauges();
}

// Whether it succeeded. The one place of the operator's loops that catches.
bool Controller::reconcile(const WorkItem& item, const std::stop_token& stop) {
  try {
    const Result result = reconciler_.reconcile(item.key, stop);
    if (result.requeue_after) queue_.add_after(item.key, *result.requeue_after, result.priority);
    metrics_.add("controller_runtime_reconcile_total",
                 {{"controller", settings_.name}, {"result", result.requeue_after ? "requeue_after" : "success"}});
    return true;
  } catch (const base::Error& error) {
    // Given up because of the stop: not a failure of the object.
    if (!stop.stop_requested()) retry(item, error);
  } catch (const std::exception& error) {
    // Not one of ours: a defect, but one object must not end the work for all others.
    metrics_.add("controller_runtime_reconcile_panics_total", {{"controller", settings_.name}});
    retry(item, base::Error(std::string("unexpected: ") + error.what()));
  }
  return false;
}

void Controller::retry(const WorkItem& item, const base::Error& error) {
  metrics_.add("controller_runtime_reconcile_total", {{"controller", settings_.name}, {"result", "error"}});
  metrics_.add("controller_runtime_reconcile_errors_total", {{"controller", settings_.name}});
  metrics_.add("workqueue_retries_total", {{"name", settings_.name}});
  base::log(lost_race(error) ? base::LogLevel::kDebug : base::LogLevel::kError, "reconcile failed",
            {{"controller", settings_.name},
             {"namespace", item.key.ns},
             {"name", item.key.name},
             {"error", std::string_view(error.what())}});
  // Priority falls back to Normal: a key that fails for ever must not stay in front of the others.
  queue_.add_after(item.key, retry_delay(item.key, error), std::min(item.priority, Priority::kNormal));
  tell(item.key, error);
}

std::chrono::milliseconds Controller::retry_delay(const ObjectKey& key, const base::Error& error) {
  const std::chrono::milliseconds delay =
      backoff_.with([&](Backoff& backoff) { return backoff.next(key, clock_.steady_now()); });
  const auto* http_error = dynamic_cast<const base::HttpError*>(&error);
  if (http_error == nullptr || !http_error->retry_after()) return delay;
  return std::max(delay, std::min<std::chrono::milliseconds>(*http_error->retry_after(), settings_.backoff.delay_max));
}

void Controller::tell(const ObjectKey& key, const base::Error& error) {
  if (!settings_.on_error) return;
  try {
    settings_.on_error(key, error);
  } catch (const base::Error& second) {
    metrics_.add("controller_runtime_reconcile_errors_total", {{"controller", settings_.name}});
    base::log(base::LogLevel::kError, "condition not written",
              {{"controller", settings_.name},
               {"namespace", key.ns},
               {"name", key.name},
               {"error", std::string_view(second.what())}});
  }
}

// At each change of queue or workers: what hangs shows as soon as anything else moves. Under one lock, so that an older
// number never replaces a newer one.
void Controller::show_gauges() {
  const base::SteadyTime now = clock_.steady_now();
  running_.with([&](const auto& running) {
    std::chrono::nanoseconds longest{0};
    std::chrono::nanoseconds sum{0};
    for (const auto& [key, since] : running) {
      longest = std::max<std::chrono::nanoseconds>(longest, now - since);
      sum += now - since;
    }
    const net::MetricLabels queue{{"name", settings_.name}};
    metrics_.set("workqueue_depth", queue, static_cast<double>(queue_.depth()));
    metrics_.set("workqueue_unfinished_work_seconds", queue, seconds(sum));
    metrics_.set("workqueue_longest_running_processor_seconds", queue, seconds(longest));
    metrics_.set("controller_runtime_active_workers", {{"controller", settings_.name}},
                 static_cast<double>(running.size()));
  });
}

}  // namespace pratique_operator::controller
