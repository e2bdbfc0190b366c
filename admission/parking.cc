#include "admission/parking.h"

namespace admission {

std::variant<Parking::Ticket, Parking::Refusal> Parking::park(Stay stay) {
  if (stays_.size() >= limits_.requests_max) return Refusal::kFull;
  std::size_t& of_namespace = of_namespace_[stay.ns];
  if (of_namespace >= limits_.of_a_namespace_max) return Refusal::kNamespaceFull;
  ++of_namespace;
  const Ticket ticket = ++last_ticket_;
  deadlines_.emplace(stay.until, ticket);
  for (const std::string& topic : stay.topics) listeners_[topic].insert(ticket);
  stays_.emplace(ticket, std::move(stay));
  return ticket;
}

void Parking::listen(Ticket ticket, std::vector<std::string> topics) {
  const auto found = stays_.find(ticket);
  if (found == stays_.end()) return;
  forget_topics(ticket, found->second);
  found->second.topics = std::move(topics);
  for (const std::string& topic : found->second.topics) listeners_[topic].insert(ticket);
}

void Parking::leave(Ticket ticket) {
  const auto found = stays_.find(ticket);
  if (found == stays_.end()) return;
  forget_topics(ticket, found->second);
  deadlines_.erase({found->second.until, ticket});
  const auto of_namespace = of_namespace_.find(found->second.ns);
  if (--of_namespace->second == 0) of_namespace_.erase(of_namespace);
  stays_.erase(found);
}

void Parking::forget_topics(Ticket ticket, const Stay& stay) {
  for (const std::string& topic : stay.topics) {
    const auto found = listeners_.find(topic);
    if (found == listeners_.end()) continue;  // a topic that was named twice
    found->second.erase(ticket);
    if (found->second.empty()) listeners_.erase(found);
  }
}

std::vector<Parking::Ticket> Parking::listeners(const std::string& topic) const {
  const auto found = listeners_.find(topic);
  if (found == listeners_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

std::vector<Parking::Ticket> Parking::due(base::SteadyTime now) const {
  std::vector<Ticket> tickets;
  for (const auto& [until, ticket] : deadlines_) {
    if (until > now) break;
    tickets.push_back(ticket);
  }
  return tickets;
}

std::optional<base::SteadyTime> Parking::next_deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

bool Parking::is_due(Ticket ticket, base::SteadyTime now) const {
  const auto found = stays_.find(ticket);
  return found != stays_.end() && found->second.until <= now;
}

std::vector<Parking::Ticket> Parking::all() const {
  std::vector<Ticket> tickets;
  for (const auto& [ticket, stay] : stays_) tickets.push_back(ticket);
  return tickets;
}

}  // namespace admission
