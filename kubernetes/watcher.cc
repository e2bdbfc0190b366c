#include "kubernetes/watcher.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "kubernetes/watch_lines.h"

namespace kubernetes {
namespace {

// A watch that ends by itself sooner than this without an event counts as a failure: a server or proxy that closes each
// watch at once must not make a hot loop.
constexpr std::chrono::seconds kShortWatch{1};

// As many times the server says that it is behind us before that is believed: with the pauses in between, some seconds.
constexpr int kOlderAnswersMax = 3;

bool is_gone(const base::Error& error) {
  const auto* http_error = dynamic_cast<const base::HttpError*>(&error);
  return http_error != nullptr && http_error->status() == 410;
}

// What the server sent cannot be read: the same bytes would come again after a resume.
bool is_unreadable(const base::Error& error) {
  return dynamic_cast<const base::ParseError*>(&error) != nullptr ||
         dynamic_cast<const base::LimitExceeded*>(&error) != nullptr;
}

base::NetworkError older_answer(const std::string& what, const std::string& version, const std::string& known) {
  return base::NetworkError(what + ": the API server is at version " + base::escape_text(version, 64) +
                            ", which is older than ours, " + base::escape_text(known, 64));
}

std::chrono::seconds between(std::chrono::seconds least, std::chrono::seconds most, std::minstd_rand& random) {
  return std::chrono::seconds(std::uniform_int_distribution<std::int64_t>(least.count(), most.count())(random));
}

std::chrono::milliseconds retry_after(const base::Error& error) {
  const auto* http_error = dynamic_cast<const base::HttpError*>(&error);
  if (http_error == nullptr) return {};
  return http_error->retry_after().value_or(std::chrono::seconds{0});
}

}  // namespace

Watcher::Watcher(std::shared_ptr<ApiClient> client, ResourceType type, WatcherSettings settings, OnObjectEvent on_event)
    : client_(std::move(client)),
      type_(std::move(type)),
      settings_(std::move(settings)),
      on_event_(std::move(on_event)),
      random_(std::random_device{}()) {
  // Who asks how long nothing was heard must not get the time since the machine's start.
  status_.with([](WatchStatus& status) { status.last_contact = std::chrono::steady_clock::now(); });
}

void Watcher::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    try {
      step(stop);
    } catch (const base::Error& error) {
      if (stop.stop_requested()) return;
      const bool was_listed = state_ == WatchState::kWatching || state_ == WatchState::kResuming;
      const bool resumable = was_listed && !is_gone(error) && !is_unreadable(error);
      enter(resumable ? WatchState::kResuming : WatchState::kEmpty);
      fail(error.what());
      pause(std::max(next_pause(), retry_after(error)), stop);
    }
  }
}

WatchStatus Watcher::status() const {
  return status_.with([](const WatchStatus& status) { return status; });
}

// One transition. A list or watch that throws is begun again from the state that run() chooses.
void Watcher::step(std::stop_token stop) {
  switch (state_) {
    case WatchState::kEmpty:
      return list(std::move(stop));
    case WatchState::kInitListed:
      return watch(std::move(stop));
    case WatchState::kResuming:
      return resume(std::move(stop));
    case WatchState::kInitPage:
    case WatchState::kWatching:
      CHECK(false && "a state inside a step");
  }
}

void Watcher::list(std::stop_token stop) {
  enter(WatchState::kInitPage);
  on_event_({.type = ObjectEventType::kInit, .object = nullptr});
  const ListOptions options{.ns = settings_.scope.ns,
                            .label_selector = settings_.scope.label_selector,
                            .field_selector = settings_.scope.field_selector};
  const auto on_item = [&](nlohmann::json item) {
    on_event_({.type = ObjectEventType::kInitApply, .object = std::move(item)});
  };
  const auto on_restart = [&] { on_event_({.type = ObjectEventType::kInit, .object = nullptr}); };
  const std::string version = client_->list(type_, options, on_item, on_restart, std::move(stop));
  if (!is_believed(version)) throw older_answer("list " + type_.plural, version, resource_version_);
  resource_version_ = version;
  older_answers_ = 0;
  relist_at_ =
      std::chrono::steady_clock::now() + between(settings_.relist_after_min, settings_.relist_after_max, random_);
  on_event_({.type = ObjectEventType::kInitDone, .object = nullptr});
  enter(WatchState::kInitListed);
  status_.with([&](WatchStatus& status) {
    ++status.lists;
    status.last_contact = std::chrono::steady_clock::now();
  });
}

void Watcher::watch(std::stop_token stop) {
  const WatchOptions options{.ns = settings_.scope.ns,
                             .label_selector = settings_.scope.label_selector,
                             .field_selector = settings_.scope.field_selector,
                             .resource_version = resource_version_,
                             .timeout = between(settings_.watch_timeout_min, settings_.watch_timeout_max, random_),
                             .idle_max = settings_.idle_max};
  enter(WatchState::kWatching);
  const base::SteadyTime start = std::chrono::steady_clock::now();
  heard_in_watch_ = false;
  client_->watch(
      type_, options, [this](WatchEvent event) { return take(std::move(event)); }, stop);
  if (!heard_in_watch_ && !stop.stop_requested() && std::chrono::steady_clock::now() - start < kShortWatch) {
    throw base::NetworkError("watch " + type_.plural + ": ended at once");
  }
  heard();
  enter(WatchState::kResuming);
}

// A watch from a version that the server does not have yet is not refused: it is silent.
void Watcher::resume(std::stop_token stop) {
  if (std::chrono::steady_clock::now() >= relist_at_) return enter(WatchState::kEmpty);
  const ListOptions options{.ns = settings_.scope.ns,
                            .label_selector = settings_.scope.label_selector,
                            .field_selector = settings_.scope.field_selector,
                            .limit = 1,
                            .extent = ListExtent::kFirstPage};
  const std::string version = client_->list(
      type_, options, [](const nlohmann::json&) {}, [] {}, std::move(stop));
  if (!is_older_version(version, resource_version_)) {
    older_answers_ = 0;
    return enter(WatchState::kInitListed);
  }
  if (!is_believed(version)) throw older_answer("watch " + type_.plural, version, resource_version_);
  enter(WatchState::kEmpty);
}

// Whether a list of this version may take the place of what is known.
bool Watcher::is_believed(const std::string& version) {
  return !is_older_version(version, resource_version_) || ++older_answers_ >= kOlderAnswersMax;
}

// True: go on with this watch.
bool Watcher::take(WatchEvent event) {
  if (event.type == WatchEventType::kError) throw error_of_status("watch " + type_.plural, 500, event.object);
  const std::string version = resource_version_of(event.object);
  if (version.empty()) throw base::ParseError("watch " + type_.plural + ": an event has no resourceVersion");
  // The server's versions went back while it told them: what it forgot it will not tell.
  if (is_older_version(version, resource_version_)) {
    throw base::ParseError("watch " + type_.plural + ": an event of version " + base::escape_text(version, 64) +
                           " after version " + resource_version_);
  }
  if (event.type == WatchEventType::kDeleted) {
    on_event_({.type = ObjectEventType::kDelete, .object = std::move(event.object)});
  } else if (event.type != WatchEventType::kBookmark) {
    on_event_({.type = ObjectEventType::kApply, .object = std::move(event.object)});
  }
  // Only now: an event that could not be taken is asked for again.
  resource_version_ = version;
  heard_in_watch_ = true;
  heard();
  return true;
}

void Watcher::fail(const std::string& what) {
  ++failures_;
  base::log(base::LogLevel::kWarning, "watch interrupted",
            {{"kind", type_.kind}, {"failures", std::int64_t{failures_}}, {"error", std::string_view(what)}});
  status_.with([&](WatchStatus& status) {
    ++status.interruptions;
    status.last_error = what;
  });
}

std::chrono::milliseconds Watcher::next_pause() {
  std::chrono::milliseconds duration = settings_.backoff_min;
  for (int i = 1; i < failures_ && duration < settings_.backoff_max; ++i) duration *= 2;
  duration = std::min(duration, settings_.backoff_max);
  std::uniform_real_distribution<double> jitter(0.8, 1.2);
  return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(duration.count()) * jitter(random_)));
}

void Watcher::enter(WatchState state) {
  state_ = state;
  status_.with([&](WatchStatus& status) { status.state = state; });
}

void Watcher::heard() {
  failures_ = 0;
  status_.with([](WatchStatus& status) {
    status.last_contact = std::chrono::steady_clock::now();
    status.last_error.clear();
  });
}

void Watcher::pause(std::chrono::milliseconds duration, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, std::move(stop), duration, [] { return false; });
}

}  // namespace kubernetes
