// Leader election by a coordination.k8s.io/v1 Lease, after the rules of client-go: whoever holds it renews it, whoever
// wants it watches whether it changes, by its own monotonic clock.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"
#include "kubernetes/api_client.h"
#include "net/metrics.h"

namespace kubernetes {

[[nodiscard]] const ResourceType& lease_type();

struct LeaseSettings {
  ObjectKey key;
  std::string identity;  // unique for each process: the pod's name and something random
  // Others may take the lease when it has not changed for this long.
  std::chrono::milliseconds duration{15'000};
  // The leader's work is stopped when the lease could not be renewed for this long.
  std::chrono::milliseconds renew_deadline{10'000};
  std::chrono::milliseconds retry_period{2'000};
};

enum class LeaseEnd { kStopped, kLost };

// The leader's work; returns soon after its stop token asks for it.
using Lead = std::function<void(std::stop_token)>;

// What it guarantees is that the work of a leader that lost its lease has ended before another can hold it. A process
// that is frozen and goes on later finds its time over: it writes by a LeaderClient (kubernetes/leader_client.h), which
// asks holds_lease(), and what it had sent already is idempotent or carries a resourceVersion.
class LeaderElection {
 public:
  // `metrics`, which may be null, receives leader_election_master_status{name}.
  LeaderElection(std::shared_ptr<ApiClient> client, LeaseSettings settings, net::Metrics* metrics);

  // Waits for the lease, calls `lead` once in a thread of its own and renews until `stop` is requested, `lead` returns
  // (both: the lease is released, kStopped) or the lease is lost. A loser should end its process. Rethrows what `lead`
  // throws. If `lead` still runs when 14/15 of the lease's duration are over, the process ends here and now.
  [[nodiscard]] LeaseEnd run(const Lead& lead, std::stop_token stop);

  // Thread-safe.
  [[nodiscard]] bool is_leader() const;
  // Whether nobody else can hold the lease yet, by our own clock: until 14/15 of its duration after the last renewal.
  [[nodiscard]] bool holds_lease() const;
  // Why the last attempt to get or renew the lease failed; empty when it did not.
  [[nodiscard]] std::string last_error() const;

 private:
  struct Held {
    std::optional<base::SteadyTime> since;  // when the request that renewed it last was sent
    std::string last_error;
  };

  class Ended;

  [[nodiscard]] bool wait_for_lease(std::stop_token stop);
  [[nodiscard]] bool wait_for_end_or_loss(Ended& ended, const std::stop_token& stop) const;
  void wait_for_end(Ended& ended) const;
  void keep_renewing(std::stop_token stop);
  void attempt();
  [[nodiscard]] bool acquire_or_renew(base::SteadyTime now);
  [[nodiscard]] bool write(nlohmann::json lease, base::SteadyTime now);
  void observe(const nlohmann::json& lease, base::SteadyTime now);
  void release();
  [[nodiscard]] base::SteadyTime renewed_at() const;
  [[nodiscard]] std::chrono::milliseconds own_time() const { return settings_.duration - settings_.duration / 15; }
  void show(double is_leader);

  std::shared_ptr<ApiClient> client_;
  LeaseSettings settings_;
  net::Metrics* metrics_;
  base::Guarded<Held> held_;

  // Of the thread that renews alone.
  nlohmann::json observed_;  // the lease as last seen; null before
  base::SteadyTime observed_at_{};
};

// Whether somebody else may still hold this lease, seen unchanged since `observed_at`. Pure, for tests.
[[nodiscard]] bool held_by_another(const nlohmann::json& lease, const std::string& identity,
                                   std::chrono::nanoseconds unchanged_for);

// metav1.MicroTime: RFC 3339 with six digits of the second.
[[nodiscard]] std::string format_micro_time(base::SystemTime time);

}  // namespace kubernetes
