// How many events a sender may have stored: a bucket of tokens for each. Thread-safe.
#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"

namespace pratique_operator::push_events {

class EventRate {
 public:
  // Takes `events` tokens of the sender's bucket; false: there are not as many, and none is taken.
  [[nodiscard]] bool take(const std::string& sender, std::size_t events, base::SteadyTime now);

 private:
  struct Bucket {
    double tokens;
    base::SteadyTime filled_at;
  };
  base::Guarded<std::map<std::string, Bucket>> buckets_;  // by ScanRegistry, those that have proved themselves alone
};

}  // namespace pratique_operator::push_events
