#include "operator/leader.h"

#include <thread>

#include "base/log.h"

namespace pratique_operator {
namespace {

using controller::Priority;
using kubernetes::ObjectKey;
using reconcilers::WrittenImage;

// Registries and scanners are other people's machines: slower than client-go's 5 ms, and never longer than a person
// waits.
constexpr controller::BackoffSettings kPatient{.delay_min = std::chrono::milliseconds(1'000),
                                               .delay_max = std::chrono::milliseconds(300'000)};
constexpr controller::BackoffSettings kDatabaseBackoff{.delay_min = std::chrono::milliseconds(5'000),
                                                       .delay_max = std::chrono::milliseconds(60'000)};

// Each waits for its registry nearly all of the time.
constexpr int kDiscoveryWorkers = 8;

const ObjectKey kOnce{.ns = {}, .name = "default"};

Priority priority_of(const crds::ImageScan& scan) {
  switch (scan.spec.priority) {
    case crds::ScanPriority::kAdmission:
      return Priority::kAdmission;
    case crds::ScanPriority::kHigh:
      return Priority::kHigh;
    case crds::ScanPriority::kNormal:
      return Priority::kNormal;
    case crds::ScanPriority::kBackground:
      return Priority::kBackground;
  }
  return Priority::kNormal;
}

// The status is our own writing. If it were a reason to look again, an image that fails to scan, whose every try writes
// a status, would be tried without a pause.
bool asks_for_work(const crds::ImageScan* old_scan, const crds::ImageScan& new_scan) {
  return old_scan == nullptr || old_scan->metadata.uid != new_scan.metadata.uid ||
         old_scan->metadata.generation != new_scan.metadata.generation ||
         old_scan->metadata.annotations != new_scan.metadata.annotations ||
         old_scan->metadata.deletion_timestamp != new_scan.metadata.deletion_timestamp;
}

// Looks every 20 ms, until it holds no more or a stop is requested.
template <typename Condition>
void wait_while(const std::stop_token& stop, const Condition& holds) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  while (!stop.stop_requested() && holds()) {
    never.wait_for(lock, stop, std::chrono::milliseconds(20), [] { return false; });
  }
}

// Whether anything is to be attached at all. A registry that is asked no more is looked at once, when it changes.
bool asks_for_attestations(const kubernetes::Store<crds::ScanRegistry>& registries) {
  bool asks = false;
  registries.for_each([&](const ObjectKey&, const crds::ScanRegistry& registry) {
    asks = asks || registry.spec.attestations.push.has_value();
  });
  return asks;
}

ObjectKey namespace_key(const std::string& ns) {
  return {.ns = {}, .name = ns};
}

}  // namespace

Leader::Leader(LeaderSettings settings, Surroundings surroundings)
    : settings_(std::move(settings)),
      with_(surroundings),
      accounts_({.providers = with_.watches.providers(),
                 .api = with_.api,
                 .clock = with_.clock,
                 .operator_namespace = settings_.operator_namespace}),
      pauses_(with_.clock, with_.metrics, [this](const std::string& host) { pause_changed(host); }),
      resolver_(
          with_.api, with_.clock, [this] { return with_.watches.all_registries(); }, provider_credential(),
          with_.credential_plugins, &pauses_),
      inventories_({.scanners = with_.scanners,
                    .clock = with_.clock,
                    .metrics = with_.metrics,
                    .registries = [this] { return with_.watches.all_registries(); },
                    .gate = &pauses_}),
      bundles_(settings_.database.fetched, {.api = with_.api,
                                            .clock = with_.clock,
                                            .registries = [this] { return with_.watches.all_registries(); },
                                            .provider_credential = provider_credential(),
                                            .operator_namespace = settings_.operator_namespace}),
      policy_reports_(settings_.policy_reports, with_.api),
      image_scan_(scan_surroundings()),
      attestation_(attestation_surroundings()),
      image_report_(with_.watches.reports(), with_.api, matching_, with_.clock, with_.metrics),
      finding_(finding_surroundings()),
      workload_(
          with_.watches.uses(), [this](const ObjectKey& account) { return with_.watches.account_secrets(account); },
          with_.watches.scans(), with_.api),
      database_(settings_.database, database_surroundings()),
      collection_({.scans = with_.watches.scans(),
                   .reports = with_.watches.reports(),
                   .index = with_.watches.index(),
                   .used_by = scan_surroundings().view.used_by,
                   .registries = [this] { return with_.watches.all_registries(); },
                   .api = with_.api,
                   .clock = with_.clock}),
      scan_registry_({.registries = with_.watches.registries(),
                      .scans = with_.watches.scans(),
                      .provider_credential = provider_credential(),
                      .last_attestation = [this](const std::string& server) { return attestation_.standing(server); },
                      .api = with_.api,
                      .clock = with_.clock,
                      .events = with_.events,
                      .pauses = pauses_,
                      .meter = meter_}),
      discovery_({.registries = with_.watches.registries(),
                  .all_registries = [this] { return with_.watches.all_registries(); },
                  .provider_credential = provider_credential(),
                  .scans = with_.watches.scans(),
                  .index = with_.watches.index(),
                  .api = with_.api,
                  .clock = with_.clock,
                  .events = with_.events,
                  .pauses = pauses_}),
      registry_provider_({.providers = with_.watches.providers(),
                          .registries = with_.watches.registries(),
                          .accounts = accounts_,
                          .api = with_.api,
                          .clock = with_.clock,
                          .events = with_.events}),
      rule_status_({.running = running_view(),
                    .reports = with_.watches.reports(),
                    .rows = with_.watches.rows(),
                    .api = with_.api,
                    .clock = with_.clock}),
      scan_backlog_(with_.watches.scans(), with_.clock, with_.metrics),
      vex_source_(vex_surroundings()),
      change_(
          {.on_namespace = [this](const std::string& ns, const std::stop_token& stop) { follow_namespace(ns, stop); },
           .on_registries = [this](const std::stop_token& stop) { follow_registries(stop); }}),
      image_scans_({.name = "image_scan",
                    .workers = settings_.scan_workers,
                    .backoff = kPatient,
                    .on_error = [this](const ObjectKey& key,
                                       const base::Error& error) { image_scan_.report_failure(key, error); }},
                   image_scan_, with_.clock, with_.metrics),
      attestations_({.name = "attestation",
                     .workers = 2,
                     .backoff = kPatient,
                     .on_error = [this](const ObjectKey& key,
                                        const base::Error& error) { attestation_.report_failure(key, error); }},
                    attestation_, with_.clock, with_.metrics),
      image_reports_(named("image_report", 4), image_report_, with_.clock, with_.metrics),
      findings_(named("finding", 2), finding_, with_.clock, with_.metrics),
      workloads_(named("workload", 2), workload_, with_.clock, with_.metrics),
      databases_({.name = "vulnerability_database",
                  .workers = 1,
                  .backoff = kDatabaseBackoff,
                  .on_error = [this](const ObjectKey&, const base::Error& error) { database_.report_failure(error); }},
                 database_, with_.clock, with_.metrics),
      collections_(named("collection", 1), collection_, with_.clock, with_.metrics),
      scan_registries_({.name = "scan_registry",
                        .workers = 1,
                        .backoff = kPatient,
                        .on_error = [this](const ObjectKey& key,
                                           const base::Error& error) { scan_registry_.report_failure(key, error); }},
                       scan_registry_, with_.clock, with_.metrics),
      discoveries_({.name = "discovery",
                    .workers = kDiscoveryWorkers,
                    .backoff = kPatient,
                    .on_error = [this](const ObjectKey& key,
                                       const base::Error& error) { discovery_.report_failure(key, error); }},
                   discovery_, with_.clock, with_.metrics),
      registry_providers_(
          {.name = "registry_provider",
           .workers = 1,
           .backoff = kPatient,
           .on_error = [this](const ObjectKey& key,
                              const base::Error& error) { registry_provider_.report_failure(key, error); }},
          registry_provider_, with_.clock, with_.metrics),
      rule_statuses_(named("rule_status", 1), rule_status_, with_.clock, with_.metrics),
      scan_backlogs_(named("scan_backlog", 1), scan_backlog_, with_.clock, with_.metrics),
      vex_sources_({.name = "vex_source",
                    .workers = 1,
                    .backoff = kPatient,
                    .on_error = [this](const ObjectKey& key,
                                       const base::Error& error) { vex_source_.report_failure(key, error); }},
                   vex_source_, with_.clock, with_.metrics),
      changes_(named("change", 1), change_, with_.clock, with_.metrics) {}

controller::ControllerSettings Leader::named(const char* name, int workers) const {
  return {.name = name, .workers = workers, .backoff = {}, .on_error = {}};
}

void Leader::run(const std::stop_token& stop) {
  if (!wait_for_lists(stop)) {
    return;
  }
  begin();
  databases_.start();
  wait_for_database(stop);
  for (controller::Controller* one : controllers()) {
    if (one != &databases_) one->start();
  }
  base::log(base::LogLevel::kInfo, "leading");
  {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait(lock, stop, [] { return false; });
  }
  with_.watches.set_listener(nullptr);
  stop_controllers();
}

// First the listener, then the look: what changes in between is queued by one of them.
void Leader::begin() {
  with_.watches.set_listener(this);
  look_at_everything();
}

bool Leader::wait_for_lists(const std::stop_token& stop) const {
  wait_while(stop, [this] { return !with_.watches.unsynced().empty(); });
  return !stop.stop_requested();
}

// Reports that are made and rows that are written before it is there would lack what it knows, and some for ever: a
// title alone is no reason to write a row again. Where there is no database, work begins all the same.
void Leader::wait_for_database(const std::stop_token& stop) const {
  constexpr std::chrono::seconds kWait{5};
  const base::SteadyTime end = with_.clock.steady_now() + kWait;
  wait_while(stop, [&] { return !matching_.generation() && with_.clock.steady_now() < end; });
}

void Leader::look_at_everything() {
  databases_.enqueue(kOnce);
  collections_.enqueue(kOnce);
  rule_statuses_.enqueue(kOnce);
  scan_backlogs_.enqueue(kOnce);
  const bool attests = asks_for_attestations(with_.watches.registries());
  std::set<std::string> namespaces;
  with_.watches.scans().for_each([&](const ObjectKey& key, const crds::ImageScan& scan) {
    image_scans_.enqueue(key, priority_of(scan));
    if (attests) attestations_.enqueue(key, Priority::kBackground);
    namespaces.insert(key.ns);
  });
  for (const ObjectKey& key : with_.watches.rows().keys()) {
    namespaces.insert(key.ns);
  }
  for (const std::string& ns : namespaces) {
    findings_.enqueue(namespace_key(ns));
  }
  for (const ObjectKey& key : with_.watches.registries().keys()) {
    scan_registries_.enqueue(key);
    discoveries_.enqueue(key);
  }
  for (const ObjectKey& key : with_.watches.providers().keys()) {
    registry_providers_.enqueue(key);
  }
  for (const ObjectKey& key : with_.watches.vex_sources().keys()) {
    vex_sources_.enqueue(key);
  }
  for (const WrittenImage& image : with_.watches.uses().all()) {
    workloads_.enqueue(image);
  }
}

void Leader::match_again() {
  for (const ObjectKey& key : reconcilers::worst_first(with_.watches.reports())) {
    image_reports_.enqueue(key, Priority::kBackground);
  }
}

std::array<controller::Controller*, 14> Leader::controllers() {
  return {&image_scans_,   &attestations_,  &image_reports_,   &findings_,    &workloads_,
          &databases_,     &collections_,   &scan_registries_, &discoveries_, &registry_providers_,
          &rule_statuses_, &scan_backlogs_, &vex_sources_,     &changes_};
}

// All are asked to end before the first is waited for: the Lease must not outlive the slowest of each in turn.
void Leader::stop_controllers() {
  for (controller::Controller* one : controllers()) {
    one->request_stop();
  }
  for (controller::Controller* one : controllers()) {
    one->stop();
  }
}

void Leader::count_soon() {
  constexpr std::chrono::seconds kSoon{2};
  rule_statuses_.enqueue_after(kOnce, kSoon);
  for (const ObjectKey& key : with_.watches.registries().keys()) {
    scan_registries_.enqueue_after(key, kSoon);
  }
}

void Leader::pause_changed(const std::string& host) {
  with_.watches.registries().for_each([&](const ObjectKey& key, const crds::ScanRegistry& registry) {
    if (registry.spec.server == host) scan_registries_.enqueue(key);
  });
}

void Leader::rows_changed() {
  count_soon();
}

// A scan that failed waits for its own next try: a registry must not be asked more often because a pod came or went.
void Leader::judge_again(const ObjectKey& key) {
  const auto scan = with_.watches.scans().get(key);
  const kubernetes::Condition* ready =
      scan ? kubernetes::find_condition(scan->status.conditions, crds::kReady) : nullptr;
  if (ready != nullptr && ready->status == "True") {
    image_scans_.enqueue(key, Priority::kBackground);
  }
}

void Leader::judge_manifests_again(const std::string& ns, const std::set<std::string>& digests) {
  for (const std::string& digest : digests) {
    for (const ObjectKey& key : with_.watches.index().of_manifest(digest)) {
      if (key.ns == ns) {
        judge_again(key);
      }
    }
  }
}

void Leader::scan_changed(const crds::ImageScan* old_scan, const crds::ImageScan* new_scan) {
  const crds::ImageScan& scan = new_scan != nullptr ? *new_scan : *old_scan;
  if (new_scan != nullptr && asks_for_work(old_scan, *new_scan)) {
    image_scans_.enqueue(scan.metadata.key(), priority_of(scan));
  }
  if (new_scan == nullptr) make_again(scan);
  const bool same_images = old_scan != nullptr && new_scan != nullptr &&
                           old_scan->status.platforms == new_scan->status.platforms &&
                           old_scan->status.rescan_handled == new_scan->status.rescan_handled &&
                           old_scan->status.image == new_scan->status.image;
  // What it cost is told with what there is.
  if (new_scan != nullptr && old_scan != nullptr && old_scan->status.last_scan_time != new_scan->status.last_scan_time)
    count_soon();
  if (!same_images) {
    if (asks_for_attestations(with_.watches.registries())) attestations_.enqueue(scan.metadata.key());
    findings_.enqueue(namespace_key(scan.metadata.ns));
    count_soon();
  }
}

// It was deleted while its image is in use. The workload reconciler may just have seen it there still.
void Leader::make_again(const crds::ImageScan& scan) {
  const reconcilers::ImageUses& uses = with_.watches.uses();
  const std::string& ns = scan.metadata.ns;
  const crds::UsedBy used = uses.used_by(ns, scan.status.image.empty() ? scan.spec.image : scan.status.image);
  if (used.pods + used.workloads == 0) return;
  for (const WrittenImage& image : uses.all()) {
    if (image.ns == ns && uses.image_scan_of(image) == scan.metadata.key()) workloads_.enqueue(image);
  }
}

void Leader::report_changed(const crds::ImageReport* old_report, const crds::ImageReport* new_report) {
  const crds::ImageReport& report = new_report != nullptr ? *new_report : *old_report;
  const std::vector<ObjectKey> scans = with_.watches.index().of_manifest(report.spec.digest);
  if (asks_for_attestations(with_.watches.registries())) {
    for (const ObjectKey& key : scans) attestations_.enqueue(key);
  }
  // Where it is attached says nothing of the image.
  if (old_report != nullptr && new_report != nullptr && old_report->spec == new_report->spec) {
    return;
  }
  image_reports_.enqueue(report.metadata.key(), Priority::kBackground);
  std::set<std::string> namespaces;
  for (const ObjectKey& key : scans) {
    image_scans_.enqueue(key);
    namespaces.insert(key.ns);
  }
  for (const std::string& ns : namespaces) {
    findings_.enqueue(namespace_key(ns));
  }
}

void Leader::uses_changed(const std::vector<WrittenImage>& images) {
  for (const WrittenImage& image : images) {
    workloads_.enqueue(image);
    // Its ImageScan, where there is one already, tells who uses it.
    if (const std::optional<ObjectKey> scan = with_.watches.uses().image_scan_of(image)) {
      judge_again(*scan);
      findings_.enqueue(namespace_key(image.ns));
    }
  }
}

void Leader::account_changed(const ObjectKey& account) {
  for (const WrittenImage& image : with_.watches.uses().of_account(account)) {
    workloads_.enqueue(image);
  }
}

void Leader::namespace_changed(const std::string& ns) {
  count_soon();
  changes_.enqueue(reconcilers::change_of_namespace(ns));
}

void Leader::follow_namespace(const std::string& ns, const std::stop_token& stop) {
  std::set<std::string> namespaces;
  for (const ObjectKey& key : with_.watches.scans().keys(ns)) {
    if (stop.stop_requested()) return;
    judge_again(key);
    namespaces.insert(key.ns);
  }
  for (const ObjectKey& key : with_.watches.rows().keys(ns)) {
    namespaces.insert(key.ns);
  }
  for (const std::string& one : namespaces) {
    findings_.enqueue(namespace_key(one));
  }
}

void Leader::provider_changed(const ObjectKey& key) {
  registry_providers_.enqueue(key);
}

void Leader::vex_source_changed(const ObjectKey& key) {
  vex_sources_.enqueue(key);
}

void Leader::registry_changed(const ObjectKey& key) {
  scan_registries_.enqueue(key);
  discoveries_.enqueue(key);
  changes_.enqueue(reconcilers::change_of_registries());
}

// Scans that failed for want of what the registries say now, or were taken by the word of a key; and whether their
// images are attested is for them to say.
void Leader::follow_registries(const std::stop_token& stop) {
  const std::set<std::string> trusted = reconcilers::accepted_keys(with_.watches.all_registries());
  with_.watches.scans().for_each([&](const ObjectKey& scan_key, const crds::ImageScan& scan) {
    if (stop.stop_requested()) return;
    attestations_.enqueue(scan_key, Priority::kBackground);
    const kubernetes::Condition* resolved = kubernetes::find_condition(scan.status.conditions, crds::kResolved);
    const bool is_resolved = resolved != nullptr && resolved->status == "True";
    if (!is_resolved || !reconcilers::is_attested_by(scan, trusted)) image_scans_.enqueue(scan_key);
  });
}

}  // namespace pratique_operator
