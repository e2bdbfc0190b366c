// Time that passes when everybody waits: a clock, and the processes that live in it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <semaphore>
#include <set>
#include <stop_token>
#include <thread>
#include <tuple>
#include <vector>

#include "base/clock.h"

namespace bench::simulation {

// A process is a thread, so that the code that is simulated may wait in the middle of what it does. Exactly one of them
// runs at a time: it goes on until it waits, and then the one whose time comes first goes on, with the clock set to
// that time; of those with the same time, the one that began to wait first. What happens depends on nothing else, so
// that it happens again in the next run.
class SimulatedTime final : public base::Clock {
 public:
  explicit SimulatedTime(base::SystemTime start) : start_(start) {}
  ~SimulatedTime() override;

  [[nodiscard]] base::SystemTime system_now() const override { return start_ + now_; }
  [[nodiscard]] base::SteadyTime steady_now() const override { return kSteadyStart + now_; }

  // Work that comes to a place, as keys to a queue: when the next is due, nullopt where there is none.
  using NextDue = std::function<std::optional<base::SteadyTime>()>;
  [[nodiscard]] std::size_t add_place(NextDue next_due);
  // Begins when the driver next waits.
  void add_process(std::function<void(const std::stop_token& stop)> process);
  // Told of each step that the clock makes, before it makes it.
  void on_advance(std::function<void(base::SteadyTime from, base::SteadyTime to)> told) { told_ = std::move(told); }

  // For processes, and for the thread that made this, which drives: the others go on until then. Return at once when
  // the end has come.
  void wait_until(base::SteadyTime time);
  void wait_for(std::chrono::nanoseconds duration) { wait_until(steady_now() + duration); }
  // Until something is due at the place. Several may wait at one; each due time wakes one.
  void wait_at(std::size_t place);

  // Ends the processes, one after the other: each finishes what it has in hand, without waiting any more. By the
  // driver.
  void end();

 private:
  static constexpr base::SteadyTime kSteadyStart{std::chrono::hours(1)};

  struct Process {
    std::binary_semaphore turn{0};
    std::jthread thread;
  };
  struct Place {
    NextDue next_due;
    std::vector<std::size_t> waiting;  // processes, the last is woken first
  };
  // When, in which order it began to wait, and who.
  using Alarm = std::tuple<base::SteadyTime, std::uint64_t, std::size_t>;

  [[nodiscard]] std::size_t next_process();
  void hand_over(std::size_t process);
  void set_clock(base::SteadyTime time);

  const base::SystemTime start_;
  std::chrono::nanoseconds now_{0};
  bool ended_ = false;
  std::uint64_t waits_ = 0;
  std::set<Alarm> alarms_;
  std::vector<Place> places_;
  std::function<void(base::SteadyTime from, base::SteadyTime to)> told_;
  std::stop_source stop_;
  std::binary_semaphore driver_turn_{0};
  std::vector<std::unique_ptr<Process>> processes_;  // process n is at n - 1; the driver is process 0
};

}  // namespace bench::simulation
