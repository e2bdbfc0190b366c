// What the replica that holds the Lease does: one controller a kind, fed by the watches.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "kubernetes/api_client.h"
#include "kubernetes/event_recorder.h"
#include "net/metrics.h"
#include "operator/controller/controller.h"
#include "operator/reconcilers/advisory_matching.h"
#include "operator/reconcilers/attestation_reconciler.h"
#include "operator/reconcilers/attested_inventories.h"
#include "operator/reconcilers/changes.h"
#include "operator/reconcilers/collection.h"
#include "operator/reconcilers/database_bundle.h"
#include "operator/reconcilers/discovery_reconciler.h"
#include "operator/reconcilers/finding_reconciler.h"
#include "operator/reconcilers/image_report_reconciler.h"
#include "operator/reconcilers/image_scan_reconciler.h"
#include "operator/reconcilers/provider_accounts.h"
#include "operator/reconcilers/registry_pauses.h"
#include "operator/reconcilers/registry_provider_reconciler.h"
#include "operator/reconcilers/registry_resolver.h"
#include "operator/reconcilers/rule_status_reconciler.h"
#include "operator/reconcilers/scan_backlog.h"
#include "operator/reconcilers/scan_meter.h"
#include "operator/reconcilers/scan_registry_reconciler.h"
#include "operator/reconcilers/vex_source_reconciler.h"
#include "operator/reconcilers/vulnerability_database_reconciler.h"
#include "operator/reconcilers/workload_reconciler.h"
#include "operator/watches.h"

namespace pratique_operator {

struct LeaderSettings {
  reconcilers::DatabaseFiles database;
  std::string operator_namespace;
  int scan_workers = 4;  // each waits for one scan
  crds::Severity minimum_severity = crds::Severity::kMedium;
  reconcilers::ReportFormat policy_reports = reconcilers::ReportFormat::kNone;
};

class Leader final : public ChangeListener {
 public:
  struct Surroundings {  // borrowed
    Watches& watches;
    kubernetes::ApiClient& api;
    reconcilers::InventorySource& scanners;
    const base::Clock& clock;
    net::Metrics& metrics;
    kubernetes::EventSink& events;
    credential_plugins::CredentialPlugins* credential_plugins;  // null: none
    reconcilers::ImageResolver* resolver = nullptr;             // null: the registries are asked
  };
  Leader(LeaderSettings settings, Surroundings surroundings);

  // Waits until all lists are complete (rows would look gone otherwise), looks at everything once, and reconciles until
  // `stop` is requested; returns when the workers have ended.
  void run(const std::stop_token& stop);

  // For who steps the controllers himself, instead of run(), once all lists are complete: listens to the watches from
  // now on, and looks at everything once. The watches must be told of another listener, or none, before the leader
  // ends.
  void begin();
  [[nodiscard]] std::array<controller::Controller*, 14> controllers();

  void scan_changed(const crds::ImageScan* old_scan, const crds::ImageScan* new_scan) override;
  void report_changed(const crds::ImageReport* old_report, const crds::ImageReport* new_report) override;
  void uses_changed(const std::vector<reconcilers::WrittenImage>& images) override;
  void account_changed(const kubernetes::ObjectKey& account) override;
  void namespace_changed(const std::string& ns) override;
  void registry_changed(const kubernetes::ObjectKey& key) override;
  void provider_changed(const kubernetes::ObjectKey& key) override;
  void vex_source_changed(const kubernetes::ObjectKey& key) override;
  void rows_changed() override;

 private:
  [[nodiscard]] controller::ControllerSettings named(const char* name, int workers) const;
  [[nodiscard]] reconcilers::ImageScanSurroundings scan_surroundings();
  [[nodiscard]] reconcilers::AttestationReconciler::Surroundings attestation_surroundings();
  [[nodiscard]] reconcilers::FindingSurroundings finding_surroundings();
  [[nodiscard]] reconcilers::VulnerabilityDatabaseReconciler::Surroundings database_surroundings();
  [[nodiscard]] reconcilers::RunningView running_view() const;
  [[nodiscard]] reconcilers::VexSourceReconciler::Surroundings vex_surroundings();
  [[nodiscard]] reconcilers::ProviderCredential provider_credential();
  [[nodiscard]] std::optional<std::size_t> left_out_of(const crds::ImageScan& scan) const;
  [[nodiscard]] bool wait_for_lists(const std::stop_token& stop) const;
  void wait_for_database(const std::stop_token& stop) const;
  void look_at_everything();
  void match_again();
  void judge_again(const kubernetes::ObjectKey& image_scan);
  void make_again(const crds::ImageScan& deleted);
  // What a changed rule or registry means for the ImageScans: on a worker, for there may be a hundred thousand.
  void follow_namespace(const std::string& ns, const std::stop_token& stop);
  void follow_registries(const std::stop_token& stop);
  void judge_manifests_again(const std::string& ns, const std::set<std::string>& digests);
  // A registry with this host answers 429, or does so no more.
  void pause_changed(const std::string& host);
  // Soon, once for whatever happens until then.
  void count_soon();
  void stop_controllers();

  LeaderSettings settings_;
  Surroundings with_;
  reconcilers::AdvisoryMatching matching_;
  reconcilers::ProviderAccounts accounts_;
  reconcilers::RegistryPauses pauses_;
  reconcilers::ScanMeter meter_;
  reconcilers::RegistryResolver resolver_;
  reconcilers::AttestedInventories inventories_;
  reconcilers::DatabaseBundles bundles_;
  reconcilers::LeftOutFindings left_out_;
  reconcilers::PolicyReports policy_reports_;

  reconcilers::ImageScanReconciler image_scan_;
  reconcilers::AttestationReconciler attestation_;
  reconcilers::ImageReportReconciler image_report_;
  reconcilers::FindingReconciler finding_;
  reconcilers::WorkloadReconciler workload_;
  reconcilers::VulnerabilityDatabaseReconciler database_;
  reconcilers::CollectionReconciler collection_;
  reconcilers::ScanRegistryReconciler scan_registry_;
  reconcilers::DiscoveryReconciler discovery_;
  reconcilers::RegistryProviderReconciler registry_provider_;
  reconcilers::RuleStatusReconciler rule_status_;
  reconcilers::ScanBacklogReconciler scan_backlog_;
  reconcilers::VexSourceReconciler vex_source_;
  reconcilers::ChangeReconciler change_;

  controller::Controller image_scans_;
  controller::Controller attestations_;
  controller::Controller image_reports_;
  controller::Controller findings_;
  controller::Controller workloads_;
  controller::Controller databases_;
  controller::Controller collections_;
  controller::Controller scan_registries_;
  controller::Controller discoveries_;
  controller::Controller registry_providers_;
  controller::Controller rule_statuses_;
  controller::Controller scan_backlogs_;
  controller::Controller vex_sources_;
  controller::Controller changes_;
};

}  // namespace pratique_operator
