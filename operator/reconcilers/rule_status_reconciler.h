// Keeps the statuses of all policies and exceptions: they depend on everything that runs, so they are computed
// together.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "kubernetes/api_client.h"
#include "kubernetes/store.h"
#include "operator/controller/reconciler.h"
#include "operator/reconcilers/image_uses.h"
#include "operator/reconcilers/judged_image.h"
#include "operator/reconcilers/namespace_judges.h"
#include "operator/reconcilers/rule_status.h"
#include "operator/reconcilers/workload_images.h"

namespace pratique_operator::reconcilers {

// One key, one worker; looks once a minute, and sooner when it is asked to.
class RuleStatusReconciler final : public controller::Reconciler {
 public:
  struct Surroundings {  // borrowed
    NamespaceJudges& judges;
    const kubernetes::Store<crds::ImageScan>& scans;
    const kubernetes::Store<crds::ImageReport>& reports;
    const kubernetes::Store<KnownRow>& rows;
    const ImageUses& uses;
    std::function<std::vector<std::shared_ptr<const WorkloadImages>>()> workloads;
    kubernetes::ApiClient& api;
    const base::Clock& clock;
  };
  explicit RuleStatusReconciler(Surroundings surroundings) : with_(std::move(surroundings)) {}

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;

 private:
  // By ImageScan; what the running workloads' facts point into.
  using JudgedImages = std::map<kubernetes::ObjectKey, std::unique_ptr<JudgedImage>>;

  [[nodiscard]] std::vector<RunningWorkload> running(JudgedImages& images) const;
  [[nodiscard]] std::unique_ptr<JudgedImage> judged(const crds::ImageScan& scan) const;
  void write_policies();
  void write_exceptions();

  Surroundings with_;
};

}  // namespace pratique_operator::reconcilers
