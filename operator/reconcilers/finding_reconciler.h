// Findings: the rows of one namespace, kept equal to what its images' reports say.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "kubernetes/api_client.h"
#include "kubernetes/store.h"
#include "net/metrics.h"
#include "operator/controller/reconciler.h"
#include "operator/reconcilers/finding_metrics.h"
#include "operator/reconcilers/finding_rows.h"
#include "operator/reconcilers/image_uses.h"
#include "operator/reconcilers/policy_report.h"

namespace pratique_operator::reconcilers {

// Borrowed; all must outlive the reconciler.
struct FindingSurroundings {
  const kubernetes::Store<crds::ImageScan>& scans;
  const kubernetes::Store<crds::ImageReport>& reports;
  const kubernetes::Store<KnownRow>& rows;
  // Workloads of the namespace that use the image.
  std::function<std::vector<crds::FindingWorkload>(const crds::ImageScan& scan)> workloads_of;
  std::function<std::vector<crds::Labels>(const crds::ImageScan& scan)> labels_of;  // of their pods
  // The containers that use it and whose kubelet has told a digest.
  std::function<std::vector<RunningImage>(const crds::ImageScan& scan)> running_of;
  // Judges of one namespace, made anew for each pass from one view of its exceptions and policies.
  std::function<RowJudges(const std::string& ns)> judges_of;
  // What the advisory database calls the finding's vulnerability; may be empty.
  std::function<std::string(const crds::Finding& finding)> title_of;
  kubernetes::ApiClient& api;
  const base::Clock& clock;
  net::Metrics& metrics;
  LeftOutFindings& left_out;
  PolicyReports& policy_reports;
  // Told of the platform manifests in `ns` whose ImageScans now have something to say of the cap, or no longer do.
  std::function<void(const std::string& ns, const std::set<std::string>& digests)> on_left_out;
  crds::Severity minimum_severity = crds::Severity::kMedium;
};

// The key is a namespace: {"", namespace}. A namespace whose last ImageScan went is reconciled too: its rows become
// Fixed. A report that cannot be read costs its own image alone: the rows that may be about it stay as they are.
class FindingReconciler final : public controller::Reconciler {
 public:
  explicit FindingReconciler(FindingSurroundings surroundings);
  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;

 private:
  [[nodiscard]] controller::Result pass(const std::string& ns, const std::stop_token& stop);
  [[nodiscard]] std::optional<base::SteadyTime> resting_until(const std::string& ns) const;
  // What the rows are made of.
  struct Images {
    std::vector<NamespaceImage> images;
    std::vector<UnreadableImage> unreadable;
    FindingMetrics::Requests requests;  // of the ImageScans that have all their reports
  };
  [[nodiscard]] Images images_of(const std::string& ns) const;
  [[nodiscard]] std::size_t room_for(const std::string& ns) const;
  // Throws the first refusal of a row when all rows were tried.
  void carry_out(const std::string& ns, const RowChanges& changes, const KnownRows& known, const std::stop_token& stop);
  void write(const crds::Finding& finding);
  // It is over: no image has it any more, or no advisory says it. Of the row as it was known: one that somebody else
  // has written meanwhile, a leader that came after this one for instance, is refused by the API server.
  void mark(const kubernetes::ObjectKey& key, const KnownRow& known, crds::FindingState state, const char* reason);
  void note_left_out(const std::string& ns, const DesiredRows& desired);
  void note_unreadable(const std::string& ns, const std::vector<UnreadableImage>& unreadable);
  // `kept` are the rows of the last pass that stay as they are.
  void note_written(const std::string& ns, const DesiredRows& desired, const std::vector<KnownRow>& kept,
                    const FindingMetrics::Requests& requests);

  FindingSurroundings with_;
  FindingMetrics told_;
  base::Guarded<std::map<std::string, base::SteadyTime>> rest_until_;       // by namespace
  base::Guarded<std::map<std::string, std::set<std::string>>> unreadable_;  // digests, by namespace
};

}  // namespace pratique_operator::reconcilers
