#include "admission/waiting_room.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

namespace admission {
namespace {

constexpr const char* kParked = "pratique_admission_parked_requests";
constexpr const char* kWaits = "pratique_admission_waits_total";
constexpr const char* kWaited = "pratique_admission_wait_seconds";

std::string_view end_name(WaitEnd end) {
  switch (end) {
    case WaitEnd::kDecided:
      return "decided";
    case WaitEnd::kTimeUp:
      return "time_up";
    case WaitEnd::kClientGone:
      return "client_gone";
    case WaitEnd::kStopped:
      return "stopped";
    case WaitEnd::kFull:
      return "full";
    case WaitEnd::kNamespaceFull:
      return "namespace_full";
    case WaitEnd::kNotAsked:
      return "not_asked";
  }
  return "unknown";
}

}  // namespace

// Shared with the connections, which may tell of their end when the room is gone.
struct WaitingRoom::State {
  explicit State(ParkingLimits limits) : parking(limits) {}

  std::mutex mutex;
  std::condition_variable changed;

  // Protected by mutex.
  Parking parking;
  std::map<Ticket, std::shared_ptr<Waiter>> waiters;
  std::set<Ticket> woken;     // to be judged again
  std::uint64_t changes = 0;  // calls of tell()
  bool closed = false;

  void wake(Ticket ticket) {
    {
      const std::lock_guard lock(mutex);
      if (!waiters.contains(ticket)) return;
      woken.insert(ticket);
    }
    changed.notify_one();
  }
};

WaitingRoom::WaitingRoom(Dependencies dependencies)
    : dependencies_(std::move(dependencies)),
      state_(std::make_shared<State>(dependencies_.limits)),
      thread_([this] { run(); }) {}

WaitingRoom::~WaitingRoom() {
  close();
}

bool WaitingRoom::enter(std::shared_ptr<Waiter> waiter, const WaitFor& wait, base::SteadyTime until) {
  net::Responder& responder = waiter->responder;
  const std::shared_ptr<Waiter> kept = waiter;
  Ticket ticket = 0;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->closed) return false;
    const auto parked = state_->parking.park({.ns = waiter->review.ns, .topics = wait.topics, .until = until});
    if (const auto* refusal = std::get_if<Parking::Refusal>(&parked)) {
      count_refusal(*refusal == Parking::Refusal::kFull ? WaitEnd::kFull : WaitEnd::kNamespaceFull);
      return false;
    }
    ticket = std::get<Ticket>(parked);
    state_->waiters.emplace(ticket, std::move(waiter));
    // What changed between the caller's look and now was told to nobody: look once more.
    state_->woken.insert(ticket);
  }
  state_->changed.notify_one();
  responder.when_abandoned([weak = std::weak_ptr(state_), ticket] {
    if (const auto state = weak.lock()) state->wake(ticket);
  });
  return true;
}

void WaitingRoom::tell(const std::vector<std::string>& topics) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->waiters.empty()) return;
    ++state_->changes;
    for (const std::string& topic : topics) {
      for (const Ticket ticket : state_->parking.listeners(topic)) state_->woken.insert(ticket);
    }
    if (state_->woken.empty()) return;
  }
  state_->changed.notify_one();
}

void WaitingRoom::count_refusal(WaitEnd why) {
  dependencies_.metrics.add(kWaits, {{"end", std::string(end_name(why))}});
}

void WaitingRoom::close() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
  }
  state_->changed.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::size_t WaitingRoom::size() const {
  const std::lock_guard lock(state_->mutex);
  return state_->waiters.size();
}

void WaitingRoom::run() {
  for (std::vector<Ticket> tickets = next_tickets(); !tickets.empty(); tickets = next_tickets()) {
    for (const Ticket ticket : tickets) attend(ticket);
    dependencies_.metrics.set(kParked, {}, static_cast<double>(size()));
  }
}

// Waits for some to attend to; none when the room is closed and empty.
std::vector<WaitingRoom::Ticket> WaitingRoom::next_tickets() {
  std::unique_lock lock(state_->mutex);
  Parking& parking = state_->parking;
  while (true) {
    if (state_->closed) return parking.all();
    std::set<Ticket> tickets;
    tickets.swap(state_->woken);
    for (const Ticket ticket : parking.due(dependencies_.clock.steady_now())) tickets.insert(ticket);
    if (!tickets.empty()) return {tickets.begin(), tickets.end()};
    if (const auto deadline = parking.next_deadline()) {
      state_->changed.wait_until(lock, *deadline);
    } else {
      state_->changed.wait(lock);
    }
  }
}

// Judges the request again, and answers it where that is final now.
void WaitingRoom::attend(Ticket ticket) {
  std::shared_ptr<Waiter> waiter;
  std::uint64_t changes = 0;
  {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->waiters.find(ticket);
    if (found == state_->waiters.end()) return;
    waiter = found->second;
    changes = state_->changes;
  }
  Judgement judgement = dependencies_.judge(waiter->review);
  WaitEnd end = WaitEnd::kDecided;
  {
    const std::lock_guard lock(state_->mutex);
    const bool time_up = state_->parking.is_due(ticket, dependencies_.clock.steady_now());
    const bool client_gone = waiter->responder.abandoned();
    if (judgement.wait && !time_up && !client_gone && !state_->closed) {
      state_->parking.listen(ticket, std::move(judgement.wait->topics));
      // What came while it was judged may be about what it listens to only now.
      if (state_->changes != changes) state_->woken.insert(ticket);
      return;
    }
    if (judgement.wait) {
      end = client_gone ? WaitEnd::kClientGone : time_up ? WaitEnd::kTimeUp : WaitEnd::kStopped;
    }
    state_->parking.leave(ticket);
    state_->waiters.erase(ticket);
  }
  const std::chrono::duration<double> waited = dependencies_.clock.steady_now() - waiter->begun;
  dependencies_.answer(*waiter, std::move(judgement));
  dependencies_.metrics.add(kWaits, {{"end", std::string(end_name(end))}});
  dependencies_.metrics.observe(kWaited, {}, waited.count());
}

void describe_wait_metrics(net::Metrics& metrics) {
  metrics.describe(kParked, "Admission requests that wait for a scan.");
  metrics.describe(kWaits, "Admission requests that would have waited for a scan, by how that ended.");
  metrics.describe(kWaited, "How long admission requests waited for a scan.");
}

}  // namespace admission
