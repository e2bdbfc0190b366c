// One list and its watch, kept going: the state machine that turns an API server's lists, watches and failures into a
// gapless sequence of events. It ends only when it is told to.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"
#include "kubernetes/api_client.h"
#include "kubernetes/limits.h"

namespace kubernetes {

// kInit: a new list begins; what follows up to kInitDone replaces everything that is known, at once, at kInitDone.
// kInitApply: one object of that list. kApply and kDelete: one change after it. `object` is null for kInit and
// kInitDone.
enum class ObjectEventType { kInit, kInitApply, kInitDone, kApply, kDelete };
struct ObjectEvent {
  ObjectEventType type;
  nlohmann::json object;
};

// Called on the watcher's thread, one at a time, in order. Must not block for long and must not throw.
using OnObjectEvent = std::function<void(ObjectEvent event)>;

// kResuming: a watch has ended; before it goes on from its version, the server is asked whether it still has that one.
enum class WatchState { kEmpty, kInitPage, kInitListed, kWatching, kResuming };

// What a person or a readiness probe wants to know of a watch. A value.
struct WatchStatus {
  WatchState state = WatchState::kEmpty;
  std::uint64_t lists = 0;  // completed; after the first because of a 410, of what cannot be read, of a server whose
                            // versions went back, or because it was time (relist_after)
  std::uint64_t interruptions = 0;  // lists and watches that failed
  std::string last_error;           // of the last interruption; empty again as soon as a watch brings something
  base::SteadyTime
      last_contact{};  // when the API server was last heard on this watch; before that when the watcher was made
};

struct WatchScope {
  std::string ns;  // empty: all namespaces
  std::string label_selector;
  std::string field_selector;
};

struct WatcherSettings {
  WatchScope scope;
  // Between failures: doubles from the first to the second, plus or minus a fifth.
  std::chrono::milliseconds backoff_min{800};
  std::chrono::milliseconds backoff_max{30'000};
  // A watch is asked to end by itself after a random time between these, so that many do not end together.
  std::chrono::seconds watch_timeout_min{300};
  std::chrono::seconds watch_timeout_max{600};
  // Silence that shows a half-open connection; longer than the API server's bookmark period of a minute.
  std::chrono::milliseconds idle_max{kWatchIdleMax};
  // After a random time between these a list is made anew, however well the watch goes: the versions of a server that
  // was restored may have overtaken ours before it was asked, and then nothing else tells.
  std::chrono::seconds relist_after_min{8 * 3600};
  std::chrono::seconds relist_after_max{16 * 3600};
};

// Runs in the thread that calls run(). The steps are those of kube-rs: Empty -> InitPage -> InitListed -> Watching; a
// watch that breaks resumes from the last resourceVersion, a 410 goes back to Empty. A half-open connection is ended by
// the client's idle timeout, which is longer than the API server's bookmark period.
//
// Before a watch resumes, a list of one object tells which version the server has: where it is below ours, a watch from
// ours would be silent for as long as the server needs to get there. A server that lags behind the others catches up,
// one that was restored from a backup does not: at the third older answer in a row it is believed, and listed.
class Watcher {
 public:
  Watcher(std::shared_ptr<ApiClient> client, ResourceType type, WatcherSettings settings, OnObjectEvent on_event);

  // Lists and watches until `stop` is requested. This is one of the five places that catch: every base::Error becomes a
  // resume or a relist after a pause, and is visible in status().
  void run(std::stop_token stop);

  // Thread-safe.
  [[nodiscard]] WatchStatus status() const;

 private:
  void step(std::stop_token stop);
  void list(std::stop_token stop);
  void watch(std::stop_token stop);
  void resume(std::stop_token stop);
  [[nodiscard]] bool is_believed(const std::string& version);
  [[nodiscard]] bool take(WatchEvent event);
  void fail(const std::string& what);
  void pause(std::chrono::milliseconds duration, std::stop_token stop);
  [[nodiscard]] std::chrono::milliseconds next_pause();
  void enter(WatchState state);
  void heard();

  std::shared_ptr<ApiClient> client_;
  ResourceType type_;
  WatcherSettings settings_;
  OnObjectEvent on_event_;

  // Of the thread in run() alone.
  WatchState state_ = WatchState::kEmpty;
  std::string resource_version_;  // the resume point
  base::SteadyTime relist_at_{};
  int failures_ = 0;             // in a row
  int older_answers_ = 0;        // in a row: of versions below resource_version_
  bool heard_in_watch_ = false;  // whether the present watch has brought anything
  std::minstd_rand random_;

  base::Guarded<WatchStatus> status_;
};

}  // namespace kubernetes
