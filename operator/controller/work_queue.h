// The keys that wait to be reconciled: each once, never on two workers at the same time, most urgent first.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <utility>

#include "base/clock.h"
#include "kubernetes/resource.h"

namespace pratique_operator::controller {

// Admission: a pod waits for the answer. High: a person or a push event asked. Background: matching again, resync.
enum class Priority { kBackground, kNormal, kHigh, kAdmission };

struct WorkItem {
  kubernetes::ObjectKey key;
  Priority priority = Priority::kNormal;
  std::chrono::nanoseconds waited{};  // since it became due
};

// Thread-safe. A key that is added while it waits keeps the higher priority; a key that is added while a worker has it
// waits until done() and comes again. First in, first out within a priority.
//
// The most urgent priority goes first, but nothing waits for ever: while a less urgent key has waited for kPatience,
// every kPatienceShare-th take is the oldest such key's. It is a share and not a right of way, because a backlog of
// more than kPatience's work is all past its patience: a pod's answer must not wait behind it.
class WorkQueue {
 public:
  static constexpr std::chrono::seconds kPatience{60};
  static constexpr int kPatienceShare = 8;

  explicit WorkQueue(const base::Clock& clock) : clock_(clock) {}

  void add(const kubernetes::ObjectKey& key, Priority priority = Priority::kNormal);
  // Due after `delay`; of several for one key the earliest counts, and a key that already waits is left as it is.
  void add_after(const kubernetes::ObjectKey& key, std::chrono::milliseconds delay,
                 Priority priority = Priority::kNormal);

  // The next key that is due, or nullopt when there is none now.
  [[nodiscard]] std::optional<WorkItem> try_take();
  // Waits for one; nullopt when `stop` is requested.
  [[nodiscard]] std::optional<WorkItem> take(std::stop_token stop);
  // To be called once for each key taken, when its worker has finished with it.
  void done(const kubernetes::ObjectKey& key);

  // When the next key becomes due: the present where one waits; nullopt: there is none.
  [[nodiscard]] std::optional<base::SteadyTime> next_due() const;
  // Keys that are due and wait for a worker.
  [[nodiscard]] std::size_t depth() const;
  // Keys that become due later.
  [[nodiscard]] std::size_t delayed() const;

 private:
  struct Waiting {
    Priority priority;
    base::SteadyTime since;
    std::list<kubernetes::ObjectKey>::iterator place;
  };
  struct Delayed {
    base::SteadyTime due;
    Priority priority;
  };

  // With the mutex held.
  void enqueue(const kubernetes::ObjectKey& key, Priority priority);
  void move_due();
  [[nodiscard]] std::list<kubernetes::ObjectKey>* next_line();
  [[nodiscard]] std::list<kubernetes::ObjectKey>* impatient_line(const std::list<kubernetes::ObjectKey>& urgent);
  [[nodiscard]] std::optional<WorkItem> pop();
  [[nodiscard]] std::optional<base::SteadyTime> first_delayed() const;

  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;

  // Protected by mutex_.
  std::array<std::list<kubernetes::ObjectKey>, 4> lines_;  // by Priority
  int passed_over_ = 0;                                    // takes in a row that left an impatient line waiting
  std::map<kubernetes::ObjectKey, Waiting> waiting_;       // what is in lines_
  std::map<kubernetes::ObjectKey, Delayed> delayed_;
  std::set<std::pair<base::SteadyTime, kubernetes::ObjectKey>> due_times_;  // of delayed_
  std::set<kubernetes::ObjectKey> taken_;
  std::map<kubernetes::ObjectKey, Priority> again_;  // added while taken
  std::uint64_t changes_ = 0;                        // so that a waiting worker sees that it must look again
};

}  // namespace pratique_operator::controller
