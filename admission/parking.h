// Which requests are parked, what each of them waits to hear of and until when: the bounds and the bookkeeping of
// waiting. Pure: no thread, no clock of its own, no I/O. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "admission/limits.h"
#include "base/clock.h"

namespace admission {

struct ParkingLimits {
  std::size_t requests_max = kParkedRequestsMax;
  std::size_t of_a_namespace_max = kParkedRequestsOfANamespaceMax;
};

class Parking {
 public:
  using Ticket = std::uint64_t;

  struct Stay {
    std::string ns;
    std::vector<std::string> topics;  // admission/topics.h
    base::SteadyTime until;
  };
  enum class Refusal : std::uint8_t { kFull, kNamespaceFull };

  explicit Parking(ParkingLimits limits) : limits_(limits) {}

  [[nodiscard]] std::variant<Ticket, Refusal> park(Stay stay);
  // What it waits to hear of from now on. Nothing happens to a ticket that has left.
  void listen(Ticket ticket, std::vector<std::string> topics);
  void leave(Ticket ticket);

  [[nodiscard]] std::vector<Ticket> listeners(const std::string& topic) const;
  // Whose time is up.
  [[nodiscard]] std::vector<Ticket> due(base::SteadyTime now) const;
  [[nodiscard]] std::optional<base::SteadyTime> next_deadline() const;
  [[nodiscard]] bool is_due(Ticket ticket, base::SteadyTime now) const;
  [[nodiscard]] std::vector<Ticket> all() const;
  [[nodiscard]] std::size_t size() const { return stays_.size(); }

 private:
  void forget_topics(Ticket ticket, const Stay& stay);

  const ParkingLimits limits_;
  Ticket last_ticket_ = 0;
  std::map<Ticket, Stay> stays_;
  std::unordered_map<std::string, std::size_t> of_namespace_;
  std::unordered_map<std::string, std::set<Ticket>> listeners_;  // by topic
  std::set<std::pair<base::SteadyTime, Ticket>> deadlines_;
};

}  // namespace admission
