#include "kubernetes/lease.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "base/failpoint.h"
#include "base/log.h"
#include "kubernetes/failpoints.h"

namespace kubernetes {
namespace {

base::SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

// Sleeps until the time is over or a stop is requested.
void sleep(std::chrono::milliseconds duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, duration, [] { return false; });
}

std::string holder_of(const nlohmann::json& lease) {
  const nlohmann::json::json_pointer path("/spec/holderIdentity");
  return lease.contains(path) && lease.at(path).is_string() ? lease.at(path).get<std::string>() : std::string();
}

std::int64_t whole_number(const nlohmann::json& lease, const char* path) {
  const nlohmann::json::json_pointer pointer(path);
  return lease.contains(pointer) && lease.at(pointer).is_number_integer() ? lease.at(pointer).get<std::int64_t>() : 0;
}

// The lease as its holder writes it: a renewal of its own, or a transition.
nlohmann::json held_spec(const nlohmann::json& before, const LeaseSettings& settings) {
  const std::string now = format_micro_time(base::RealClock().system_now());
  const bool transition = before.is_null() || holder_of(before) != settings.identity;
  nlohmann::json spec = before.is_null() ? nlohmann::json::object() : before.value("spec", nlohmann::json::object());
  const std::int64_t transitions = whole_number(before, "/spec/leaseTransitions");
  if (transition) {
    spec["acquireTime"] = now;
    spec["leaseTransitions"] = before.is_null() ? 0 : transitions + 1;
  }
  spec["holderIdentity"] = settings.identity;
  spec["leaseDurationSeconds"] =
      std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(settings.duration).count());
  spec["renewTime"] = now;
  return spec;
}

}  // namespace

// Tells one thread that another has ended.
class LeaderElection::Ended {
 public:
  void set() {
    {
      std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
  }
  // True when it has ended; false when the time or `stop` came first.
  [[nodiscard]] bool wait_until(base::SteadyTime time, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, stop, time, [this] { return ended_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool ended_ = false;
};

const ResourceType& lease_type() {
  static const ResourceType type{
      .group = "coordination.k8s.io", .version = "v1", .kind = "Lease", .plural = "leases", .namespaced = true};
  return type;
}

std::string format_micro_time(base::SystemTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time - whole).count();
  std::string text = base::format_rfc3339(time);
  text.pop_back();  // the Z
  return fmt::format("{}.{:06}Z", text, micros);
}

bool held_by_another(const nlohmann::json& lease, const std::string& identity, std::chrono::nanoseconds unchanged_for) {
  const std::string holder = holder_of(lease);
  if (holder.empty() || holder == identity) return false;
  return unchanged_for < std::chrono::seconds(whole_number(lease, "/spec/leaseDurationSeconds"));
}

LeaderElection::LeaderElection(std::shared_ptr<ApiClient> client, LeaseSettings settings, net::Metrics* metrics)
    : client_(std::move(client)), settings_(std::move(settings)), metrics_(metrics) {
  CHECK(own_time() > settings_.renew_deadline);
  CHECK(settings_.renew_deadline > settings_.retry_period);
  show(0);
}

LeaseEnd LeaderElection::run(const Lead& lead, std::stop_token stop) {
  if (!wait_for_lease(stop)) return LeaseEnd::kStopped;
  base::failpoint(kLeaseTaken);
  show(1);
  Ended ended;
  std::exception_ptr failure;
  // The renewals go on while the leader's work winds down, so they end last.
  std::jthread renewing([this](std::stop_token renewing_stop) { keep_renewing(std::move(renewing_stop)); });
  std::jthread leading([&](std::stop_token leading_stop) {
    try {
      lead(std::move(leading_stop));
    } catch (...) {
      failure = std::current_exception();
    }
    ended.set();
  });
  const bool lost = wait_for_end_or_loss(ended, stop);
  leading.request_stop();
  wait_for_end(ended);
  leading.join();
  renewing.request_stop();
  renewing.join();
  held_.with([](Held& held) { held.since.reset(); });
  show(0);
  if (!lost) release();
  if (failure) std::rethrow_exception(failure);
  return lost ? LeaseEnd::kLost : LeaseEnd::kStopped;
}

// True when the lease was lost; false when the work has ended or `stop` was requested.
bool LeaderElection::wait_for_end_or_loss(Ended& ended, const std::stop_token& stop) const {
  while (!stop.stop_requested()) {
    if (ended.wait_until(renewed_at() + settings_.renew_deadline, stop)) return false;
    if (steady_now() >= renewed_at() + settings_.renew_deadline) return true;
  }
  return false;
}

// Returns when the work has ended. A work that does not, ends with the process, while the lease is still ours.
void LeaderElection::wait_for_end(Ended& ended) const {
  while (!ended.wait_until(renewed_at() + own_time(), {})) {
    if (steady_now() < renewed_at() + own_time()) continue;
    base::check_failed("the leader's work ends before its lease", __FILE__, __LINE__);
  }
}

bool LeaderElection::is_leader() const {
  return held_.with([](const Held& held) { return held.since.has_value(); });
}

bool LeaderElection::holds_lease() const {
  return held_.with([this](const Held& held) { return held.since && steady_now() < *held.since + own_time(); });
}

std::string LeaderElection::last_error() const {
  return held_.with([](const Held& held) { return held.last_error; });
}

bool LeaderElection::wait_for_lease(std::stop_token stop) {
  while (!stop.stop_requested()) {
    attempt();
    if (is_leader()) return true;
    sleep(settings_.retry_period, stop);
  }
  return false;
}

void LeaderElection::keep_renewing(std::stop_token stop) {
  while (!stop.stop_requested()) {
    sleep(settings_.retry_period, stop);
    if (!stop.stop_requested()) attempt();
    base::failpoint(kLeaseRenewed);
  }
}

// One try to get or to keep the lease. An attempt that fails changes nothing but the clock's advance: run() sees by
// renewed_at() that the lease gets old.
void LeaderElection::attempt() {
  const base::SteadyTime now = steady_now();
  std::string error;
  bool held = false;
  try {
    held = acquire_or_renew(now);
  } catch (const base::Error& failure) {
    error = failure.what();
    observed_ = nullptr;  // what we know of it may be old: look first, next time
  }
  const bool is_news = held_.with([&](Held& state) {
    const bool is_new = !error.empty() && error != state.last_error;
    state.last_error = error;
    if (held) state.since = now;
    return is_new;
  });
  if (is_news) {
    base::log(base::LogLevel::kWarning, "lease neither taken nor renewed",
              {{"namespace", settings_.key.ns}, {"name", settings_.key.name}, {"error", std::string_view(error)}});
  }
}

bool LeaderElection::acquire_or_renew(base::SteadyTime now) {
  // A holder writes without looking first: the resourceVersion tells whether somebody else was there.
  if (!observed_.is_null() && holder_of(observed_) == settings_.identity) return write(observed_, now);
  const std::optional<nlohmann::json> lease = client_->get(lease_type(), settings_.key);
  if (!lease) return write(nullptr, now);
  observe(*lease, now);
  if (held_by_another(*lease, settings_.identity, now - observed_at_)) return false;
  return write(*lease, now);
}

bool LeaderElection::write(nlohmann::json lease, base::SteadyTime now) {
  const bool create = lease.is_null();
  nlohmann::json next = create ? nlohmann::json::object() : lease;
  next["spec"] = held_spec(lease, settings_);
  if (create) next["metadata"] = {{"namespace", settings_.key.ns}, {"name", settings_.key.name}};
  try {
    observe(create ? client_->create(lease_type(), next) : client_->replace(lease_type(), next, {}), now);
    return true;
  } catch (const ApiError& error) {
    if (!error.conflict()) throw;
    observed_ = nullptr;
    return false;
  }
}

void LeaderElection::observe(const nlohmann::json& lease, base::SteadyTime now) {
  const bool changed = observed_.is_null() || resource_version_of(observed_) != resource_version_of(lease);
  if (changed) observed_at_ = now;
  observed_ = lease;
}

// Lets the next one in at once. When it fails, the others wait for the lease to run out.
void LeaderElection::release() {
  if (observed_.is_null() || holder_of(observed_) != settings_.identity) return;
  nlohmann::json lease = observed_;
  lease["spec"]["holderIdentity"] = "";
  lease["spec"]["leaseDurationSeconds"] = 1;
  lease["spec"]["renewTime"] = format_micro_time(base::RealClock().system_now());
  try {
    observed_ = client_->replace(lease_type(), lease, {});
  } catch (const base::Error& error) {
    held_.with([&](Held& held) { held.last_error = error.what(); });
  }
}

base::SteadyTime LeaderElection::renewed_at() const {
  return held_.with([](const Held& held) { return held.since.value_or(base::SteadyTime{}); });
}

void LeaderElection::show(double is_leader) {
  if (metrics_ != nullptr) metrics_->set("leader_election_master_status", {{"name", settings_.key.name}}, is_leader);
}

}  // namespace kubernetes
