// What this replica denied, and let pass because of a break-glass annotation, told in the status of the policies: kept
// in memory, written off the requests' path.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "crds/scan_policy.h"
#include "kubernetes/api_client.h"
#include "net/metrics.h"

namespace admission {

// A ScanPolicy, or with an empty namespace a ClusterScanPolicy.
using PolicyKey = kubernetes::ObjectKey;

// The last uses of its break-glass annotation that a policy's status tells of one replica.
inline constexpr std::size_t kGlassUsesMax = 10;

// How often each policy denied, by the hour, and who broke its glass. Pure. Not thread-safe.
class DenialCounts {
 public:
  struct Count {
    std::int64_t last_24h = 0;
    std::optional<base::SystemTime> last;
    std::vector<crds::GlassUse> broken_glass;  // newest first, at most kGlassUsesMax
    bool operator==(const Count&) const = default;
  };

  void add(const PolicyKey& policy, base::SystemTime now);
  void add(const PolicyKey& policy, crds::GlassUse use);
  // Of each policy that there was something of; forgets what is older than a day, but not that there was something.
  [[nodiscard]] std::map<PolicyKey, Count> counts(base::SystemTime now);

 private:
  struct Kept {
    std::map<std::int64_t, std::int64_t> denials;  // by the hour since the epoch
    Count count;                                   // but for last_24h
  };
  std::map<PolicyKey, Kept> policies_;
};

// The key of a policy that denied in this namespace, from its title: "ClusterScanPolicy/default" or "ScanPolicy/web".
[[nodiscard]] PolicyKey policy_key(const std::string& title, const std::string& ns);

// The entries of a policy's status with this replica's own in it, and without those of replicas that are gone: whose
// last denial is older than a day and whose last broken glass is older than 30 days, and of the others the oldest
// beyond 16, which is what the status holds.
[[nodiscard]] std::vector<crds::ReplicaDenials> with_entry(const std::vector<crds::ReplicaDenials>& entries,
                                                           const crds::ReplicaDenials& own, base::SystemTime now);

// Thread-safe. Borrows the clock and the metrics.
class DenialReports {
 public:
  struct Settings {
    std::shared_ptr<kubernetes::ApiClient> client;
    const base::Clock& clock;
    net::Metrics& metrics;
    std::string replica;  // the pod's name
    std::chrono::seconds interval{60};
  };
  explicit DenialReports(Settings settings);
  ~DenialReports();
  DenialReports(const DenialReports&) = delete;
  DenialReports& operator=(const DenialReports&) = delete;

  // These policies denied a request of the namespace. Does not wait.
  void denied(const std::vector<std::string>& titles, const std::string& ns);
  // A request of the namespace passed the policy by its annotation. Does not wait.
  void broke_glass(const std::string& title, const std::string& ns, crds::GlassUse use);

 private:
  void run(std::stop_token stop);
  void tell(const PolicyKey& policy, const DenialCounts::Count& count);
  void write(const PolicyKey& policy, const DenialCounts::Count& count);

  const Settings settings_;
  base::Guarded<DenialCounts> counts_;
  std::map<PolicyKey, DenialCounts::Count> written_;  // of the thread alone
  std::jthread thread_;                               // last: it uses the others
};

}  // namespace admission
