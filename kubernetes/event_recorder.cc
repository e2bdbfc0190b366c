#include "kubernetes/event_recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/failpoint.h"
#include "base/log.h"
#include "kubernetes/lease.h"

namespace kubernetes {
namespace {

constexpr std::size_t kNoteBytesMax = 1024;
constexpr std::size_t kSeriesMax = 4096;
constexpr std::chrono::seconds kLastWords{2};
// How often the series are looked at when there is nothing else to do.
constexpr std::chrono::seconds kSeriesCheck{5};
// A failure is told in the log once in so long.
constexpr std::chrono::minutes kFailureTold{1};

base::SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}
base::SystemTime system_now() {
  return base::RealClock().system_now();
}

std::string series_key(const Event& event) {
  return fmt::format("{}|{}|{}|{}|{}|{}", event.regarding_type.kind, event.regarding.text(), event.regarding_uid,
                     event.severity == EventSeverity::kWarning ? "w" : "n", event.reason, event.action);
}

// Events of cluster-scoped objects live in "default", as Kubernetes' own do.
ObjectKey name_of(const Event& event, base::SystemTime now) {
  const std::string suffix = fmt::format(".{:x}", now.time_since_epoch().count());
  return {.ns = event.regarding.ns.empty() ? "default" : event.regarding.ns,
          .name = event.regarding.name.substr(0, 253 - suffix.size()) + suffix};
}

nlohmann::json to_object(const Event& event, const ObjectKey& name, const EventRecorderSettings& settings,
                         base::SystemTime now) {
  return {{"metadata", {{"namespace", name.ns}, {"name", name.name}}},
          {"eventTime", format_micro_time(now)},
          {"reportingController", settings.controller},
          {"reportingInstance", settings.instance},
          {"action", event.action},
          {"reason", event.reason},
          {"type", event.severity == EventSeverity::kWarning ? "Warning" : "Normal"},
          {"note", base::escape_text(event.note, kNoteBytesMax)},
          {"regarding",
           {{"apiVersion", event.regarding_type.api_version()},
            {"kind", event.regarding_type.kind},
            {"namespace", event.regarding.ns},
            {"name", event.regarding.name},
            {"uid", event.regarding_uid}}}};
}

}  // namespace

const ResourceType& event_type() {
  static const ResourceType type{
      .group = "events.k8s.io", .version = "v1", .kind = "Event", .plural = "events", .namespaced = true};
  return type;
}

EventRecorder::EventRecorder(std::shared_ptr<ApiClient> client, EventRecorderSettings settings, net::Metrics* metrics)
    : client_(std::move(client)),
      settings_(std::move(settings)),
      metrics_(metrics),
      tokens_(settings_.burst),
      refilled_at_(steady_now()),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

EventRecorder::~EventRecorder() {
  thread_.request_stop();
  thread_.join();
}

void EventRecorder::record(Event event) {
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() < settings_.queue_max) {
      queue_.push_back(std::move(event));
      changed_.notify_one();
      return;
    }
  }
  count("dropped");
}

void EventRecorder::run(std::stop_token stop) {
  while (wait_for_work(stop)) {
    std::deque<Event> events;
    {
      std::lock_guard lock(mutex_);
      events.swap(queue_);
    }
    for (const Event& event : events) take(event);
    write_series();
  }
  // The last words: what is queued, while the time lasts.
  const base::SteadyTime end = steady_now() + kLastWords;
  std::lock_guard lock(mutex_);
  for (; !queue_.empty() && steady_now() < end; queue_.pop_front()) take(queue_.front());
}

// False when the recorder ends.
bool EventRecorder::wait_for_work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, kSeriesCheck, [this] { return !queue_.empty(); });
  return !stop.stop_requested();
}

void EventRecorder::take(const Event& event) {
  const SeriesKey key = series_key(event);
  const auto known = series_.find(key);
  if (known != series_.end()) {
    ++known->second.count;
    known->second.last = system_now();
    return;
  }
  if (series_.size() >= kSeriesMax || !take_token()) return count("dropped");
  write_first(event, key);
}

void EventRecorder::write_first(const Event& event, const SeriesKey& key) {
  const base::SystemTime now = system_now();
  const ObjectKey name = name_of(event, now);
  try {
    (void)client_->create(event_type(), to_object(event, name, settings_, now));
    base::failpoint(kEventWritten);
    series_.emplace(key, Series{.written = name, .written_at = steady_now(), .last = now});
    count("written");
  } catch (const base::Error& error) {
    count_failure(error);
  }
}

// Writes the counts that have risen, and forgets the series that are over.
void EventRecorder::write_series() {
  for (auto at = series_.begin(); at != series_.end();) {
    Series& series = at->second;
    if (steady_now() - series.written_at < settings_.series_period) {
      ++at;
      continue;
    }
    if (series.count == series.count_written) {
      at = series_.erase(at);
      continue;
    }
    if (!take_token()) return;
    try {
      const nlohmann::json patch = {
          {"series", {{"count", series.count}, {"lastObservedTime", format_micro_time(series.last)}}}};
      (void)client_->merge_patch(event_type(), series.written, patch, {});
      series.count_written = series.count;
      count("written");
    } catch (const base::Error& error) {
      // Gone, perhaps: after the next period without a repetition it is forgotten.
      count_failure(error);
    }
    series.written_at = steady_now();
    ++at;
  }
}

bool EventRecorder::take_token() {
  const base::SteadyTime now = steady_now();
  const std::chrono::duration<double> passed = now - refilled_at_;
  tokens_ = std::min(settings_.burst, tokens_ + passed.count() * settings_.per_second);
  refilled_at_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void EventRecorder::count_failure(const base::Error& error) {
  count("failed");
  const base::SteadyTime now = steady_now();
  if (failure_told_at_ && now - *failure_told_at_ < kFailureTold) return;
  failure_told_at_ = now;
  base::log(base::LogLevel::kWarning, "an Event was not written", {{"error", std::string_view(error.what())}});
}

void EventRecorder::count(const char* result) {
  if (metrics_ != nullptr) metrics_->add("pratique_events_total", {{"result", result}});
}

}  // namespace kubernetes
