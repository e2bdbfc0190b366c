// What the webhook knows of the cluster, in memory: fed by watches, read by decisions. Reading does no I/O; the rules
// are one immutable snapshot that is replaced whole, everything about images is shared and immutable by object.
// Thread-safe: one writer for each watched kind, any number of readers.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "admission/kept_report.h"
#include "admission/report_cache.h"
#include "admission/running_images.h"
#include "admission/scan_index.h"
#include "admission/watched_objects.h"
#include "base/guarded.h"
#include "crds/finding_exception.h"
#include "crds/scan_policy.h"
#include "crds/vulnerability_database.h"
#include "kubernetes/store.h"
#include "policy/rules.h"

namespace admission {

// A platform that some node runs, and since when there has been one.
using NodePlatforms = std::map<std::string, std::optional<base::SystemTime>>;

class ClusterView {
 public:
  struct Settings {
    // Without a word from the API server, after which what is known does not count as a scan any more.
    std::chrono::seconds age_max = std::chrono::minutes(10);
  };
  ClusterView() : ClusterView(Settings{}) {}
  explicit ClusterView(Settings settings);

  struct Watched {
    kubernetes::ResourceType type;
    kubernetes::OnObjectEvent on_event;
  };
  // Every kind that must be watched; the callbacks borrow this view.
  [[nodiscard]] std::vector<Watched> watched();
  // The kinds whose first list is not complete yet. Until there are none, nothing may be admitted.
  [[nodiscard]] std::vector<std::string> unsynced() const;
  [[nodiscard]] bool synced() const;

  // For how long the API server has not been heard; told by whoever runs the watches.
  void set_age(std::chrono::seconds age) { age_ = age; }
  // The age where it is past its bound.
  [[nodiscard]] std::optional<std::chrono::seconds> stale_for() const;

  // Told the topics (admission/topics.h) of each change of a scan or report once readers see it, on the watch's thread:
  // must not block. Empty: nobody. After the call the one before is not called any more.
  using OnChange = std::function<void(const std::vector<std::string>& topics)>;
  void set_on_change(OnChange on_change);

  [[nodiscard]] std::shared_ptr<const policy::RuleBook> rules() const;
  [[nodiscard]] std::optional<crds::Labels> namespace_labels(const std::string& ns) const;
  [[nodiscard]] std::shared_ptr<const NodePlatforms> node_platforms() const;
  [[nodiscard]] const ScanIndex& scans() const { return scan_index_; }
  [[nodiscard]] const RunningImages& running() const { return running_; }
  // When the namespace's row of the finding was first seen; nullopt: it has none yet.
  [[nodiscard]] std::optional<base::SystemTime> first_seen(const std::string& ns,
                                                           const policy::FindingFacts& finding) const;
  // The report of a platform manifest; null when there is none or it cannot be read.
  [[nodiscard]] std::shared_ptr<const ReportFacts> report(const base::Digest& manifest) const;
  [[nodiscard]] bool report_is_unreadable(const base::Digest& manifest) const;
  [[nodiscard]] std::vector<std::string> pull_secrets_of(const std::string& ns, const std::string& account) const;
  [[nodiscard]] std::optional<base::SystemTime> database_built_at() const;
  [[nodiscard]] std::optional<std::int64_t> database_generation() const;

 private:
  template <typename T>
  Watched watch_store(const kubernetes::ResourceType& type, kubernetes::Store<T>& store, std::function<void()> after);
  void scan_changed(const Scan& old_scan, const Scan& new_scan);
  void report_changed(const std::string& name);
  void tell(const std::vector<std::string>& topics);
  void rebuild_rules();
  void rebuild_node_platforms();

  const Settings settings_;
  std::atomic<std::chrono::seconds> age_{};
  std::shared_ptr<RowPool> pool_ = std::make_shared<RowPool>();
  ScanIndex scan_index_;
  RunningImages running_;
  base::Guarded<OnChange> on_change_;

  kubernetes::Store<ScanFacts> scans_;
  mutable ReportCache report_cache_;
  kubernetes::Store<KeptReport> reports_;
  kubernetes::Store<crds::ScanPolicy> policies_;
  kubernetes::Store<crds::ScanPolicy> cluster_policies_;
  kubernetes::Store<crds::FindingException> exceptions_;
  kubernetes::Store<crds::FindingException> cluster_exceptions_;
  kubernetes::Store<crds::VulnerabilityDatabase> databases_;
  kubernetes::Store<crds::Labels> namespaces_;
  kubernetes::Store<NodeFacts> nodes_;
  kubernetes::Store<AccountFacts> accounts_;
  kubernetes::Store<PodFacts> pods_;
  kubernetes::Store<Sighting> sightings_;  // by Finding

  base::Guarded<std::set<std::string>> unlisted_;  // kinds
  mutable std::atomic<bool> synced_ = false;       // what was listed once stays so
  base::Guarded<std::shared_ptr<const policy::RuleBook>> rules_;
  base::Guarded<std::shared_ptr<const NodePlatforms>> node_platforms_;
};

}  // namespace admission
