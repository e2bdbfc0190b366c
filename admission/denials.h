// What this replica denied, told in the status of the policies: counted in memory, written off the requests' path.
#pragma once

#include <chrono>
#include <map>
#include <memory>
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

// How often each policy denied, by the hour. Pure. Not thread-safe.
class DenialCounts {
 public:
  struct Count {
    std::int64_t last_24h = 0;
    base::SystemTime last;
    bool operator==(const Count&) const = default;
  };

  void add(const PolicyKey& policy, base::SystemTime now);
  // Of each policy that ever denied; forgets what is older than a day, but not that there was something.
  [[nodiscard]] std::map<PolicyKey, Count> counts(base::SystemTime now);

 private:
  struct Hours {
    std::map<std::int64_t, std::int64_t> denials;  // by the hour since the epoch
    base::SystemTime last;
  };
  std::map<PolicyKey, Hours> policies_;
};

// The key of a policy that denied in this namespace, from its title: "ClusterScanPolicy/default" or "ScanPolicy/web".
[[nodiscard]] PolicyKey policy_key(const std::string& title, const std::string& ns);

// The entries of a policy's status with this replica's own in it, and without those of replicas that are gone: whose
// last denial is older than a day, and of the others the oldest beyond 16, which is what the status holds.
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
