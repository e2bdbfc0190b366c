// What nobody needs any more goes: ImageScans made by Pratique whose reason has gone, those that an event made for
// something that is no image, reports that no ImageScan names.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "crds/scan_registry.h"
#include "kubernetes/api_client.h"
#include "kubernetes/store.h"
#include "operator/controller/reconciler.h"
#include "operator/reconcilers/registry_settings.h"
#include "operator/reconcilers/scan_index.h"

namespace pratique_operator::reconcilers {

// A person's own ImageScans (without Pratique's managed-by label) are never collected. How long something has been
// unused is remembered in memory: a new leader counts from its own start. One worker; runs every minute.
// An object that cannot be removed keeps no other: the pass fails when all have been tried.
class CollectionReconciler final : public controller::Reconciler {
 public:
  struct Surroundings {  // borrowed
    const kubernetes::Store<crds::ImageScan>& scans;
    const kubernetes::Store<crds::ImageReport>& reports;
    const ScanIndex& index;
    std::function<crds::UsedBy(const crds::ImageScan& scan)> used_by;
    std::function<ScanRegistries()> registries;
    kubernetes::ApiClient& api;
    const base::Clock& clock;
  };
  explicit CollectionReconciler(Surroundings surroundings) : with_(std::move(surroundings)) {}

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;

 private:
  // An ImageScan as it was judged: what somebody has touched since stays.
  struct JudgedScan {
    kubernetes::ObjectKey key;
    std::string resource_version;
  };
  [[nodiscard]] std::vector<JudgedScan> unused_scans(base::SteadyTime now);
  [[nodiscard]] std::vector<kubernetes::ObjectKey> unused_reports(base::SteadyTime now);
  [[nodiscard]] bool is_used(const crds::ImageScan& scan) const;
  [[nodiscard]] bool is_named(const kubernetes::ObjectKey& report) const;

  Surroundings with_;
  std::map<kubernetes::ObjectKey, base::SteadyTime> scan_unused_since_;
  std::map<kubernetes::ObjectKey, base::SteadyTime> report_unused_since_;
};

// What is looked at of an ImageScan that an event made.
struct PushedTag {
  kubernetes::ObjectKey key;
  std::string repository;  // "registry:5000/shop/web"
  base::SystemTime last_push;
  bool is_gone = false;  // the last resolution found no such tag
};
[[nodiscard]] PushedTag pushed_tag(const crds::ImageScan& scan, base::SystemTime now);

// Of the ImageScans that events made: those whose tag is gone from the registry, and those that are
// past the retention (age since the last push, newest tags of each repository) of the ScanRegistry whose events go to
// their namespace. Pure.
[[nodiscard]] std::vector<kubernetes::ObjectKey> past_retention(const std::vector<PushedTag>& made_by_events,
                                                                const ScanRegistries& registries, base::SystemTime now);

}  // namespace pratique_operator::reconcilers
