// ImageScan: resolve the reference, get a report of every platform, say what was found. docs/crds/image_scan.md.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "kubernetes/api_client.h"
#include "kubernetes/event_recorder.h"
#include "kubernetes/store.h"
#include "net/metrics.h"
#include "operator/controller/reconciler.h"
#include "operator/reconcilers/advisory_matching.h"
#include "operator/reconcilers/finding_rows.h"
#include "operator/reconcilers/host_turns.h"
#include "operator/reconcilers/image_resolver.h"
#include "operator/reconcilers/image_scan_status.h"
#include "operator/reconcilers/image_uses.h"
#include "operator/reconcilers/report_renewals.h"
#include "operator/reconcilers/scan_meter.h"
#include "operator/reconcilers/scanner_client.h"

namespace pratique_operator::reconcilers {

// What an ImageScan's status tells of its namespace beside the reports.
struct NamespaceView {
  std::function<crds::UsedBy(const crds::ImageScan& scan)> used_by;
  std::function<std::vector<crds::Labels>(const crds::ImageScan& scan)> labels_of;  // of the pods that run it
  std::function<std::vector<RunningImage>(const crds::ImageScan& scan)> running;
  std::function<RowJudges(const std::string& ns)> judges_of;
  std::function<std::optional<std::size_t>(const crds::ImageScan& scan)> left_out;  // findings without a row
  std::function<PolicyVerdict(const crds::ImageScan& scan, const std::vector<PlatformResult>& platforms)> judge;
};

// Borrowed; all must outlive the reconciler.
struct ImageScanSurroundings {
  const kubernetes::Store<crds::ImageScan>& scans;
  const kubernetes::Store<crds::ImageReport>& reports;
  std::function<std::vector<registry::Platform>()> node_platforms;
  // How many images of a registry may be scanned at a time; 0: any number.
  std::function<std::size_t(const std::string& host)> scans_at_once;
  // Whether what was attested by this key (net::key_id()) may be taken still.
  std::function<bool(const std::string& key)> accepts_key;
  NamespaceView view;
  kubernetes::ApiClient& api;
  ImageResolver& resolver;
  InventorySource& inventories;  // what other clusters attached, or else the scanners
  InventorySource& scanners;
  AdvisoryMatching& matching;
  const base::Clock& clock;
  net::Metrics& metrics;
  kubernetes::EventSink& events;
  ScanMeter& meter;
};

// Each worker is a scan slot: it blocks while a scanner reads the image. One digest is scanned by one worker; the
// others come back when its report is there.
class ImageScanReconciler final : public controller::Reconciler {
 public:
  explicit ImageScanReconciler(ImageScanSurroundings surroundings);

  [[nodiscard]] controller::Result reconcile(const kubernetes::ObjectKey& key, std::stop_token stop) override;

  // For ControllerSettings::on_error: writes the condition that tells what failed.
  void report_failure(const kubernetes::ObjectKey& key, const base::Error& error);

 private:
  struct Pass;

  [[nodiscard]] controller::Result scan(Pass& pass);
  // Whether the registry has to be asked: nothing is known, or what is known is of another spec, or it is only old.
  enum class Need { kNone, kNews, kProof };
  [[nodiscard]] Need need_of_resolution(const Pass& pass) const;
  [[nodiscard]] ResolveRequest request_for(const Pass& pass) const;
  // Whether the tag means what it did, by the registry's short word.
  [[nodiscard]] bool confirm(Pass& pass);
  void resolve(Pass& pass);
  // Among those of the registry; nullopt: as many as it allows are scanned.
  [[nodiscard]] std::optional<HostTurns::Turn> take_turn(const Pass& pass);
  [[nodiscard]] static std::chrono::seconds turn_pause(const Pass& pass);
  // How long the registry wants to be left alone; nullopt: it may be asked.
  [[nodiscard]] std::optional<std::chrono::milliseconds> rest_of(const Pass& pass) const;
  [[nodiscard]] controller::Result wait_to_resolve(Pass& pass, std::chrono::milliseconds rest);
  // As rest_of(); the condition Scanned tells of it.
  [[nodiscard]] std::optional<std::chrono::milliseconds> wait_to_scan(Pass& pass) const;
  // nullopt: all are there. Else how long to wait for the registry, or for another scan of it or of the same image.
  [[nodiscard]] std::optional<std::chrono::milliseconds> collect_reports(Pass& pass);
  // Whether the report will do: a person who asks for a scan does not mean another cluster's, and nobody means that of
  // a key which is not trusted any more.
  [[nodiscard]] bool counts(const Pass& pass, const crds::ImageReport& report) const;
  [[nodiscard]] std::optional<crds::ImageReport> find_report(const Pass& pass, const crds::ScannedPlatform& platform);
  [[nodiscard]] crds::ImageReport make_report(Pass& pass, const crds::ScannedPlatform& platform);
  [[nodiscard]] scanner::Inventory ask_scanner(Pass& pass, const crds::ScannedPlatform& platform);
  void store_report(const crds::ImageReport& report);
  // What an older scanner reported is read again by a pass of its own, behind all other work.
  void note_age(Pass& pass, const crds::ImageReport& report);
  [[nodiscard]] controller::Result renew_reports(Pass& pass, controller::Result next);
  void renew_report(Pass& pass, const crds::ScannedPlatform& platform);
  void tell_of_old_report(const Pass& pass, const Failure& failure);
  void conclude(Pass& pass);
  void compare_with_running(Pass& pass);
  void write_status(Pass& pass);
  void refresh_version(Pass& pass);
  void enter(const Pass& pass, ScanStep step);
  [[nodiscard]] controller::Result schedule(Pass& pass);

  // Where a pass stands.
  struct Place {
    ScanStep step = ScanStep::kStore;
    bool renewing = false;  // there is a report already, so that a failure costs nobody anything
  };

  ImageScanSurroundings with_;
  HostTurns turns_;
  base::Guarded<std::set<std::string>> in_flight_;                // platform digests
  base::Guarded<std::map<kubernetes::ObjectKey, Place>> places_;  // of the keys in work, for report_failure()
  // Platforms that were asked for when the ImageScan's reference was last resolved by its manifests.
  base::Guarded<std::map<kubernetes::ObjectKey, std::vector<registry::Platform>>> proved_;
  ReportRenewals renewals_;
};

}  // namespace pratique_operator::reconcilers
