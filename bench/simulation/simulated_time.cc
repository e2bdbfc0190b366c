#include "bench/simulation/simulated_time.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace bench::simulation {
namespace {

// Which process this thread is.
thread_local std::size_t this_process = 0;

}  // namespace

SimulatedTime::~SimulatedTime() {
  end();
}

std::size_t SimulatedTime::add_place(NextDue next_due) {
  places_.push_back({.next_due = std::move(next_due), .waiting = {}});
  return places_.size() - 1;
}

void SimulatedTime::add_process(std::function<void(const std::stop_token& stop)> process) {
  const std::size_t number = processes_.size() + 1;
  processes_.push_back(std::make_unique<Process>());
  Process& added = *processes_.back();
  alarms_.emplace(steady_now(), waits_++, number);
  added.thread = std::jthread([this, number, &added, process = std::move(process)] {
    this_process = number;
    added.turn.acquire();
    process(stop_.get_token());
    // One that has ended by itself leaves the turn to the next.
    if (!ended_) hand_over(next_process());
  });
}

void SimulatedTime::wait_until(base::SteadyTime time) {
  if (ended_) return;
  alarms_.emplace(time, waits_++, this_process);
  hand_over(next_process());
}

void SimulatedTime::wait_at(std::size_t place) {
  if (ended_) return;
  places_.at(place).waiting.push_back(this_process);
  hand_over(next_process());
}

// With the clock set to its time.
std::size_t SimulatedTime::next_process() {
  CHECK(!alarms_.empty());  // the driver waits with an alarm
  Place* first = nullptr;
  base::SteadyTime first_due = std::get<0>(*alarms_.begin());
  for (Place& place : places_) {
    if (place.waiting.empty()) continue;
    const std::optional<base::SteadyTime> due = place.next_due();
    if (due && *due < first_due) {
      first = &place;
      first_due = *due;
    }
  }
  set_clock(std::max(first_due, steady_now()));
  if (first == nullptr) {
    const std::size_t process = std::get<2>(*alarms_.begin());
    alarms_.erase(alarms_.begin());
    return process;
  }
  const std::size_t process = first->waiting.back();
  first->waiting.pop_back();
  return process;
}

void SimulatedTime::hand_over(std::size_t process) {
  const std::size_t self = this_process;
  if (process == self) return;
  (process == 0 ? driver_turn_ : processes_.at(process - 1)->turn).release();
  (self == 0 ? driver_turn_ : processes_.at(self - 1)->turn).acquire();
}

void SimulatedTime::set_clock(base::SteadyTime time) {
  if (time == steady_now()) return;
  if (told_) told_(steady_now(), time);
  now_ = time - kSteadyStart;
}

void SimulatedTime::end() {
  if (std::exchange(ended_, true)) return;
  stop_.request_stop();
  for (const auto& process : processes_) {
    process->turn.release();
    process->thread.join();
  }
}

}  // namespace bench::simulation
