// events.k8s.io/v1: what a person sees in `kubectl describe`. Best effort: never blocks, never fails its caller.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "kubernetes/api_client.h"
#include "kubernetes/resource.h"
#include "net/metrics.h"

namespace kubernetes {

[[nodiscard]] const ResourceType& event_type();

// A place of base/failpoint.h: an Event is stored.
inline constexpr std::string_view kEventWritten = "event-written";

enum class EventSeverity { kNormal, kWarning };

struct Event {
  ResourceType regarding_type;
  ObjectKey regarding;
  std::string regarding_uid;
  EventSeverity severity = EventSeverity::kNormal;
  std::string reason;  // CamelCase: "ScanFailed"
  std::string action;  // CamelCase verb: "Scan"
  std::string note;    // escaped and cut to 1024 bytes when it is sent
};

struct EventRecorderSettings {
  std::string controller;  // "pratique.dev/operator"
  std::string instance;    // the pod's name
  std::size_t queue_max = 1000;
  // Of all requests: this many at once, then so many a second.
  double burst = 25;
  double per_second = 2;
  // A repeated event becomes a series, which is written at most once in this time; after it without a repetition the
  // series is over.
  std::chrono::seconds series_period{360};
};

// Where Events go: all that those who have something to tell know of the recorder. Thread-safe, never blocks.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void record(Event event) = 0;
};

// Thread-safe. What repeats (same object, reason, action and severity) is one Event with a count. What does not fit
// into the queue or cannot be written is dropped and counted in pratique_events_total{result="dropped"|"failed"}; why
// it cannot be written is in the log once a minute.
class EventRecorder final : public EventSink {
 public:
  // `metrics` may be null.
  EventRecorder(std::shared_ptr<ApiClient> client, EventRecorderSettings settings, net::Metrics* metrics);
  // Writes what is queued for at most two seconds.
  ~EventRecorder() override;

  void record(Event event) override;

 private:
  // What makes two events the same.
  struct Series {
    ObjectKey written;  // the Event object
    std::int64_t count = 1;
    std::int64_t count_written = 1;
    base::SteadyTime written_at{};
    base::SystemTime last{};
  };
  using SeriesKey = std::string;

  void run(std::stop_token stop);
  [[nodiscard]] bool wait_for_work(const std::stop_token& stop);
  void take(const Event& event);
  void write_first(const Event& event, const SeriesKey& key);
  void write_series();
  [[nodiscard]] bool take_token();
  void count(const char* result);
  void count_failure(const base::Error& error);

  std::shared_ptr<ApiClient> client_;
  EventRecorderSettings settings_;
  net::Metrics* metrics_;

  // Protected by mutex_.
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Event> queue_;

  // Of the thread alone.
  std::map<SeriesKey, Series> series_;
  double tokens_;
  base::SteadyTime refilled_at_;
  std::optional<base::SteadyTime> failure_told_at_;

  std::jthread thread_;  // last: it uses the others
};

}  // namespace kubernetes
