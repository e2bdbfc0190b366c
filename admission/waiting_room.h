// The requests that wait for a scan. Each is a continuation, not a thread: one thread for all of them judges a request
// again when the watch brings what it waits for, when its client is gone or when its time is up, and answers it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "admission/parking.h"
#include "admission/review_handler.h"
#include "net/http_server.h"
#include "net/metrics.h"

namespace admission {

// A request that is not answered yet.
struct Waiter {
  Review review;
  net::Responder responder;
  base::SteadyTime begun;
};

// How a wait ended, or why it did not begin.
enum class WaitEnd : std::uint8_t { kDecided, kTimeUp, kClientGone, kStopped, kFull, kNamespaceFull, kNotAsked };

// Thread-safe.
class WaitingRoom {
 public:
  struct Dependencies {
    const base::Clock& clock;  // its steady time must be the machine's
    net::Metrics& metrics;
    // Both are called on the room's thread and must not throw. `judge` as of now; its answer is that of a request whose
    // time is up, and its `wait` says whether time may better it.
    std::function<Judgement(const Review& review)> judge;
    std::function<void(Waiter& waiter, Judgement judgement)> answer;
    ParkingLimits limits{};
  };
  explicit WaitingRoom(Dependencies dependencies);
  // As close().
  ~WaitingRoom();
  WaitingRoom(const WaitingRoom&) = delete;
  WaitingRoom& operator=(const WaitingRoom&) = delete;

  // Parks the request until `until` or, beyond the limits and after close(), leaves it to the caller and returns false.
  [[nodiscard]] bool enter(std::shared_ptr<Waiter> waiter, const WaitFor& wait, base::SteadyTime until);
  // Something about these topics is different now. Does not wait.
  void tell(const std::vector<std::string>& topics);
  // Counts a wait that did not begin.
  void count_refusal(WaitEnd why);
  // Answers everybody by what is known now, and takes nobody any more.
  void close();

  [[nodiscard]] std::size_t size() const;

 private:
  struct State;
  using Ticket = Parking::Ticket;

  void run();
  void attend(Ticket ticket);
  [[nodiscard]] std::vector<Ticket> next_tickets();

  const Dependencies dependencies_;
  const std::shared_ptr<State> state_;
  std::jthread thread_;  // last: it uses the others
};

void describe_wait_metrics(net::Metrics& metrics);

}  // namespace admission
