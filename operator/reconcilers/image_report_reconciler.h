// ImageReport: matched again when the advisory database changed, without any registry traffic.
#pragma once

#include "base/clock.h"
#include "crds/image_report.h"
#include "kubernetes/api_client.h"
#include "kubernetes/store.h"
#include "net/metrics.h"
#include "operator/controller/reconciler.h"
#include "operator/reconcilers/advisory_matching.h"

namespace pratique_operator::reconcilers {

// Writes a report only when what was matched differs from what it holds: a new generation alone changes nothing.
class ImageReportReconciler final : public controller::Reconciler {
 public:
  // Borrows all; they must outlive it.
  ImageReportReconciler(const kubernetes::Store<crds::ImageReport>& reports, kubernetes::ApiClient& api,
                        AdvisoryMatching& matching, const base::Clock& clock, net::Metrics& metrics);

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;

 private:
  // Nullopt: the database that is active now says the same of it.
  [[nodiscard]] std::optional<crds::ImageReport> matched_anew(const crds::ImageReport& report);

  const kubernetes::Store<crds::ImageReport>& reports_;
  kubernetes::ApiClient& api_;
  AdvisoryMatching& matching_;
  const base::Clock& clock_;
  net::Metrics& metrics_;
};

// Keys of all reports, those with the worst findings first: the order to match again in.
[[nodiscard]] std::vector<kubernetes::ObjectKey> worst_first(const kubernetes::Store<crds::ImageReport>& reports);

}  // namespace pratique_operator::reconcilers
