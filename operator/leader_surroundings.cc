// What the leader gives to each of its reconcilers: the wiring, beside what the leader does with them (leader.cc).
#include "net/proxy.h"
#include "operator/leader.h"
#include "operator/reconcilers/database_trial.h"

namespace pratique_operator {

reconcilers::ImageScanSurroundings Leader::scan_surroundings() {
  Watches& watches = with_.watches;
  return {
      .scans = watches.scans(),
      .reports = watches.reports(),
      .node_platforms = [&watches] { return watches.node_platforms(); },
      .scans_at_once =
          [&watches](const std::string& host) {
            return reconcilers::settings_for(watches.all_registries(), host, {}).scans_at_once;
          },
      .accepts_key =
          [&watches](const std::string& key) {
            return reconcilers::accepted_keys(watches.all_registries()).contains(key);
          },
      .view = {.used_by =
                   [&watches](const crds::ImageScan& scan) {
                     return watches.uses().used_by(scan.metadata.ns, scan.status.image);
                   },
               .labels_of =
                   [&watches](const crds::ImageScan& scan) {
                     return watches.uses().labels(scan.metadata.ns, scan.status.image);
                   },
               .running =
                   [&watches](const crds::ImageScan& scan) {
                     return watches.uses().running(scan.metadata.ns, scan.status.image);
                   },
               .judges_of = [&watches](const std::string& ns) { return watches.judges().judges_of(ns); },
               .left_out = [this](const crds::ImageScan& scan) { return left_out_of(scan); },
               .judge =
                   [&watches](const crds::ImageScan& scan, const std::vector<reconcilers::PlatformResult>& platforms) {
                     return watches.judges().judge(scan, platforms,
                                                   watches.uses().labels(scan.metadata.ns, scan.status.image));
                   }},
      .api = with_.api,
      .resolver = with_.resolver != nullptr ? *with_.resolver : resolver_,
      .inventories = inventories_,
      .scanners = with_.scanners,
      .matching = matching_,
      .clock = with_.clock,
      .metrics = with_.metrics,
      .events = with_.events,
      .meter = meter_};
}

reconcilers::AttestationReconciler::Surroundings Leader::attestation_surroundings() {
  return {.scans = with_.watches.scans(),
          .reports = with_.watches.reports(),
          .api = with_.api,
          .clock = with_.clock,
          .metrics = with_.metrics,
          .registries = [this] { return with_.watches.all_registries(); },
          .operator_namespace = settings_.operator_namespace,
          .on_change = [this] { count_soon(); },
          .gate = &pauses_};
}

reconcilers::VulnerabilityDatabaseReconciler::Surroundings Leader::database_surroundings() {
  return {
      .api = with_.api,
      .matching = matching_,
      .clock = with_.clock,
      .metrics = with_.metrics,
      .events = with_.events,
      .on_change = [this] { match_again(); },
      .bundle_file = [this](const crds::DatabaseBundle& bundle,
                            const std::stop_token& stop) { return bundles_.file_of(bundle, stop); },
      .try_out =
          [this](const std::shared_ptr<const scanner::advisories::Database>& candidate, const std::stop_token& stop) {
            return reconcilers::try_database({.running = running_view(), .reports = with_.watches.reports()}, candidate,
                                             with_.clock.system_now(), stop);
          }};
}

reconcilers::RunningView Leader::running_view() const {
  Watches& watches = with_.watches;
  return {.judges = watches.judges(), .scans = watches.scans(), .uses = watches.uses(), .workloads = [&watches] {
            return watches.all_workloads();
          }};
}

reconcilers::VexSourceReconciler::Surroundings Leader::vex_surroundings() {
  return {.sources = with_.watches.vex_sources(),
          .exceptions = with_.watches.judges().stores().cluster_exceptions,
          .api = with_.api,
          .clock = with_.clock,
          .events = with_.events,
          .registries = [this] { return with_.watches.all_registries(); },
          .provider_credential = provider_credential(),
          .operator_namespace = settings_.operator_namespace,
          .http = net::make_http_client({.proxy = net::environment_proxy})};
}

reconcilers::ProviderCredential Leader::provider_credential() {
  return [this](const std::string& provider, const std::string& server, const std::stop_token& stop) {
    return accounts_.credential(provider, server, stop);
  };
}

std::optional<std::size_t> Leader::left_out_of(const crds::ImageScan& scan) const {
  std::vector<std::string> digests;
  for (const crds::ScannedPlatform& platform : scan.status.platforms) {
    digests.push_back(platform.digest);
  }
  return left_out_.of(scan.metadata.ns, digests);
}

reconcilers::FindingSurroundings Leader::finding_surroundings() {
  Watches& watches = with_.watches;
  return {.scans = watches.scans(),
          .reports = watches.reports(),
          .rows = watches.rows(),
          .workloads_of =
              [&watches](const crds::ImageScan& scan) {
                return watches.uses().workloads(scan.metadata.ns, scan.status.image);
              },
          .labels_of =
              [&watches](const crds::ImageScan& scan) {
                return watches.uses().labels(scan.metadata.ns, scan.status.image);
              },
          .running_of =
              [&watches](const crds::ImageScan& scan) {
                return watches.uses().running(scan.metadata.ns, scan.status.image);
              },
          .judges_of = [&watches](const std::string& ns) { return watches.judges().judges_of(ns); },
          .title_of = [this](const crds::Finding& finding) { return matching_.title_of(finding); },
          .api = with_.api,
          .clock = with_.clock,
          .metrics = with_.metrics,
          .left_out = left_out_,
          .policy_reports = policy_reports_,
          .on_left_out = [this](const std::string& ns,
                                const std::set<std::string>& digests) { judge_manifests_again(ns, digests); },
          .minimum_severity = settings_.minimum_severity};
}

}  // namespace pratique_operator
