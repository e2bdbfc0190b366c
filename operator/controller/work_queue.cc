#include "operator/controller/work_queue.h"

#include <algorithm>

#include "base/error.h"

namespace pratique_operator::controller {
namespace {

using kubernetes::ObjectKey;

// How long a worker sleeps when nothing is due: any number will do, for every change wakes it.
constexpr std::chrono::hours kIdle{1};

}  // namespace

void WorkQueue::add(const ObjectKey& key, Priority priority) {
  {
    std::lock_guard lock(mutex_);
    enqueue(key, priority);
    ++changes_;
  }
  changed_.notify_one();
}

void WorkQueue::add_after(const ObjectKey& key, std::chrono::milliseconds delay, Priority priority) {
  if (delay <= std::chrono::milliseconds{0}) return add(key, priority);
  {
    std::lock_guard lock(mutex_);
    if (waiting_.contains(key)) return;
    const base::SteadyTime due = clock_.steady_now() + delay;
    const auto [known, is_new] = delayed_.try_emplace(key, Delayed{due, priority});
    if (!is_new) {
      known->second.priority = std::max(known->second.priority, priority);
      if (known->second.due <= due) return;
      due_times_.erase({known->second.due, key});
      known->second.due = due;
    }
    due_times_.emplace(due, key);
    ++changes_;
  }
  // All of them: the one that is woken may be busy with another key when this one becomes due.
  changed_.notify_all();
}

std::optional<WorkItem> WorkQueue::try_take() {
  std::lock_guard lock(mutex_);
  move_due();
  return pop();
}

std::optional<WorkItem> WorkQueue::take(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    move_due();
    if (std::optional<WorkItem> item = pop()) return item;
    const std::optional<base::SteadyTime> due = first_delayed();
    const std::chrono::nanoseconds sleep = due ? *due - clock_.steady_now() : std::chrono::nanoseconds(kIdle);
    changed_.wait_for(lock, stop, sleep, [this, seen = changes_] { return changes_ != seen; });
  }
  return std::nullopt;
}

void WorkQueue::done(const ObjectKey& key) {
  {
    std::lock_guard lock(mutex_);
    CHECK(taken_.erase(key) == 1);
    const auto again = again_.find(key);
    if (again == again_.end()) return;
    const Priority priority = again->second;
    again_.erase(again);
    enqueue(key, priority);
    ++changes_;
  }
  changed_.notify_one();
}

std::optional<base::SteadyTime> WorkQueue::next_due() const {
  std::lock_guard lock(mutex_);
  return waiting_.empty() ? first_delayed() : clock_.steady_now();
}

std::size_t WorkQueue::depth() const {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::size_t WorkQueue::delayed() const {
  std::lock_guard lock(mutex_);
  return delayed_.size();
}

void WorkQueue::enqueue(const ObjectKey& key, Priority priority) {
  if (taken_.contains(key)) {
    const auto [again, is_new] = again_.try_emplace(key, priority);
    if (!is_new) again->second = std::max(again->second, priority);
    return;
  }
  const auto known = waiting_.find(key);
  base::SteadyTime since = clock_.steady_now();
  if (known != waiting_.end()) {
    if (known->second.priority >= priority) return;
    since = known->second.since;
    lines_[static_cast<std::size_t>(known->second.priority)].erase(known->second.place);
    waiting_.erase(known);
  }
  auto& line = lines_[static_cast<std::size_t>(priority)];
  line.push_back(key);
  waiting_.emplace(key, Waiting{priority, since, std::prev(line.end())});
}

void WorkQueue::move_due() {
  const base::SteadyTime now = clock_.steady_now();
  while (!due_times_.empty() && due_times_.begin()->first <= now) {
    const ObjectKey key = due_times_.begin()->second;
    due_times_.erase(due_times_.begin());
    const Priority priority = delayed_.at(key).priority;
    delayed_.erase(key);
    enqueue(key, priority);
  }
}

// The most urgent line, or in its turn the one that has lost its patience; null when all are empty.
std::list<ObjectKey>* WorkQueue::next_line() {
  const auto urgent = std::find_if(lines_.rbegin(), lines_.rend(), [](const auto& line) { return !line.empty(); });
  if (urgent == lines_.rend()) return nullptr;
  std::list<ObjectKey>* const impatient = impatient_line(*urgent);
  passed_over_ = impatient == nullptr ? 0 : (passed_over_ + 1) % kPatienceShare;
  return impatient != nullptr && passed_over_ == 0 ? impatient : &*urgent;
}

// Beside the urgent one, the line whose first key has waited longest, and at least for kPatience; null: there is none.
std::list<ObjectKey>* WorkQueue::impatient_line(const std::list<ObjectKey>& urgent) {
  std::list<ObjectKey>* impatient = nullptr;
  base::SteadyTime oldest = clock_.steady_now() - kPatience;
  for (auto& line : lines_) {
    if (line.empty() || &line == &urgent) continue;
    const base::SteadyTime since = waiting_.at(line.front()).since;
    if (since > oldest) continue;
    oldest = since;
    impatient = &line;
  }
  return impatient;
}

std::optional<WorkItem> WorkQueue::pop() {
  std::list<ObjectKey>* line = next_line();
  if (line == nullptr) return std::nullopt;
  const auto waiting = waiting_.find(line->front());
  WorkItem item{.key = waiting->first,
                .priority = waiting->second.priority,
                .waited = clock_.steady_now() - waiting->second.since};
  line->pop_front();
  waiting_.erase(waiting);
  taken_.insert(item.key);
  return item;
}

std::optional<base::SteadyTime> WorkQueue::first_delayed() const {
  if (due_times_.empty()) return std::nullopt;
  return due_times_.begin()->first;
}

}  // namespace pratique_operator::controller
