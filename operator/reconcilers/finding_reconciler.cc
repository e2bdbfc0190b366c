#include "operator/reconcilers/finding_reconciler.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/failpoint.h"
#include "base/log.h"
#include "operator/failpoints.h"
#include "operator/reconcilers/drift_rows.h"
#include "operator/reconcilers/pass_writes.h"
#include "operator/reconcilers/report_building.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::Finding;
using kubernetes::ObjectKey;

constexpr std::size_t kNamespaceRowsMax = 2'000;
constexpr std::size_t kClusterRowsMax = 50'000;
// Looking at one namespace takes at most a quarter of a worker's time; the writes are the API server's, and not
// counted.
constexpr int kRestShare = 3;
constexpr base::SteadyTime::duration kRestMax = std::chrono::seconds(5);
constexpr std::size_t kTitleBytesMax = 80;
constexpr const char* kLeftOut = "pratique_findings_left_out";
constexpr const char* kRowsWritten = "pratique_finding_rows_written_total";
constexpr const char* kUnreadable = "pratique_reports_unreadable";
constexpr std::size_t kMessageBytesShown = 700;

// Whether the API server says no to this one row; anything else would meet the next row as well.
bool is_about_the_row(const kubernetes::ApiError& error) {
  constexpr std::array<int, 5> kOfOneObject = {400, 404, 409, 413, 422};
  return std::ranges::find(kOfOneObject, error.status()) != kOfOneObject.end();
}

// The writes of one pass, counted by what was done.
class RowWrites {
 public:
  explicit RowWrites(net::Metrics& metrics) : metrics_(metrics) {}

  template <typename Write>
  void attempt(const char* result, Write&& write) {
    const bool is_written = writes_.attempt(std::forward<Write>(write));
    metrics_.add(kRowsWritten, {{"result", is_written ? result : "refused"}});
  }
  void finish() const { writes_.finish(); }

 private:
  net::Metrics& metrics_;
  PassWrites writes_{is_about_the_row};
};

}  // namespace

FindingReconciler::FindingReconciler(FindingSurroundings surroundings)
    : with_(std::move(surroundings)), told_(with_.metrics, with_.clock.system_now()) {
  with_.metrics.describe(kLeftOut, "Findings without a row because of the caps of namespaces and cluster.");
  with_.metrics.describe(kRowsWritten, "Finding rows written, by what was done.");
  with_.metrics.describe(kUnreadable,
                         "ImageReports in use whose content is damaged: the rows about them stay as they are.");
}

// A pass reads all images of the namespace: while thousands of reports change, passes one after the other would take
// the time of those who change them.
controller::Result FindingReconciler::reconcile(const ObjectKey& key, std::stop_token stop) {
  const base::SteadyTime now = with_.clock.steady_now();
  if (const auto until = resting_until(key.name); until && *until > now) {
    return {.requeue_after = std::chrono::ceil<std::chrono::milliseconds>(*until - now)};
  }
  return pass(key.name, stop);
}

std::optional<base::SteadyTime> FindingReconciler::resting_until(const std::string& ns) const {
  return rest_until_.with([&](const auto& times) {
    const auto found = times.find(ns);
    return found == times.end() ? std::nullopt : std::optional(found->second);
  });
}

controller::Result FindingReconciler::pass(const std::string& ns, const std::stop_token& stop) {
  const base::SteadyTime begun = with_.clock.steady_now();
  const base::SystemTime now = with_.clock.system_now();
  KnownRows known;
  for (const auto& [row_key, row] : with_.rows.list(ns)) {
    known.emplace(row_key.name, *row);
  }
  const RowJudges judges = with_.judges_of(ns);
  const Images read = images_of(ns);
  const DesiredRows desired =
      desired_rows(ns, read.images, known, judges,
                   {.minimum_severity = with_.minimum_severity, .rows_max = room_for(ns)}, now, read.unreadable);
  note_unreadable(ns, read.unreadable);
  note_left_out(ns, desired);
  const RowChanges changes = diff_rows(desired, known, now);
  const auto worked = with_.clock.steady_now() - begun;
  carry_out(ns, changes, known, stop);
  rest_until_.with(
      [&](auto& times) { times[ns] = with_.clock.steady_now() + std::min(worked * kRestShare, kRestMax); });
  if (!stop.stop_requested()) {
    std::vector<KnownRow> kept;
    for (const std::string& name : changes.kept) kept.push_back(known.at(name));
    note_written(ns, desired, kept, read.requests);
    // Last: where its kind is not installed, all else is done, and the next try comes after a back-off.
    with_.policy_reports.update(ns, desired);
  }
  controller::Result result;
  for (const std::optional<base::SystemTime>& change : {judges.next_change, desired.next_due, changes.next_removal}) {
    if (change) {
      const auto pause = std::chrono::ceil<std::chrono::milliseconds>(*change - now);
      result.requeue_after = std::min(pause, result.requeue_after.value_or(pause));
    }
  }
  return result;
}

void FindingReconciler::carry_out(const std::string& ns, const RowChanges& changes, const KnownRows& known,
                                  const std::stop_token& stop) {
  RowWrites writes(with_.metrics);
  for (const Finding& finding : changes.write) {
    if (stop.stop_requested()) {
      return;
    }
    writes.attempt("written", [&] { write(finding); });
  }
  for (const std::string& name : changes.fixed) {
    writes.attempt("fixed", [&] {
      mark({.ns = ns, .name = name}, known.at(name), crds::FindingState::kFixed, "NoImageHasIt");
      told_.note_fixed(known.at(name), with_.clock.system_now());
    });
  }
  for (const std::string& name : changes.withdrawn) {
    writes.attempt("withdrawn", [&] {
      mark({.ns = ns, .name = name}, known.at(name), crds::FindingState::kWithdrawn, "NoAdvisorySaysIt");
    });
  }
  for (const std::string& name : changes.remove) {
    writes.attempt("removed", [&] {
      with_.api.remove(crds::kFinding, {.ns = ns, .name = name}, known.at(name).resource_version);
    });
  }
  writes.finish();
}

FindingReconciler::Images FindingReconciler::images_of(const std::string& ns) const {
  Images read;
  // Images of the same base often have the same rows.
  std::map<std::string, std::shared_ptr<const std::vector<crds::ReportRow>>> rows_by_packed;
  const auto add = [&](const ObjectKey& key, const crds::ImageScan& scan) {
    bool has_all = !scan.status.platforms.empty();
    for (const crds::ScannedPlatform& platform : scan.status.platforms) {
      const auto report = with_.reports.get({.ns = {}, .name = platform.report});
      has_all &= report && report->spec.database_generation;
      if (!report || !report->spec.database_generation || !scan.metadata.deletion_timestamp.empty()) {
        continue;
      }
      auto& rows = rows_by_packed[report->spec.vulnerabilities];
      try {
        if (!rows) rows = std::make_shared<const std::vector<crds::ReportRow>>(report_rows_of(report->spec));
      } catch (const base::Error& error) {
        has_all = false;
        read.unreadable.push_back({.reference = scan.status.image,
                                   .digest = platform.digest,
                                   .why = base::escape_text(error.what(), kMessageBytesShown)});
        continue;
      }
      read.images.push_back({.reference = scan.status.image,
                             .digest = platform.digest,
                             .workloads = with_.workloads_of(scan),
                             .rows = rows,
                             .labels = with_.labels_of(scan)});
    }
    for (NamespaceImage& image : drifted_images(scan.status, with_.running_of(scan)))
      read.images.push_back(std::move(image));
    if (has_all && !scan.status.rescan_handled.empty()) read.requests[key.name] = scan.status.rescan_handled;
  };
  with_.scans.for_each(add, ns);
  return read;
}

std::size_t FindingReconciler::room_for(const std::string& ns) const {
  const std::size_t own = with_.rows.keys(ns).size();
  const std::size_t others = with_.rows.size() - std::min(own, with_.rows.size());
  return std::min(kNamespaceRowsMax, kClusterRowsMax - std::min(others, kClusterRowsMax));
}

// Created or replaced whole, then its status: the status subresource keeps everybody else from forging it.
void FindingReconciler::write(const Finding& finding) {
  Finding next = finding;
  next.spec.vulnerability.title = finding.spec.vulnerability.id == crds::kDigestDriftId
                                      ? std::string(kDriftTitle)
                                      : base::escape_text(with_.title_of(finding), kTitleBytesMax);
  nlohmann::json object = next;
  object.erase("status");
  nlohmann::json stored = next.metadata.resource_version.empty() ? with_.api.create(crds::kFinding, object)
                                                                 : with_.api.replace(crds::kFinding, object, {});
  base::failpoint(kRowWritten);
  next.metadata.resource_version = kubernetes::resource_version_of(stored);
  next.status->observed_generation = stored.at("metadata").value("generation", std::int64_t{0});
  with_.api.replace(crds::kFinding, next, "status");
  base::failpoint(kRowTold);
}

void FindingReconciler::mark(const ObjectKey& key, const KnownRow& known, crds::FindingState state,
                             const char* reason) {
  const std::string name(crds::finding_state_name(state));
  const std::string now = base::format_rfc3339(with_.clock.system_now());
  const nlohmann::json stored = with_.api.merge_patch(
      crds::kFinding, key,
      {{"metadata",
        {{"resourceVersion", known.resource_version}, {"labels", {{std::string(crds::kStateLabel), name}}}}},
       {"spec", {{"workloadCount", 0}, {"workloads", nullptr}}}},
      {});
  base::failpoint(kRowMarked);
  with_.api.merge_patch(
      crds::kFinding, key,
      {{"metadata", {{"resourceVersion", kubernetes::resource_version_of(stored)}}},
       {"status",
        {{"state", name}, {"reason", reason}, {"resolvedAt", now}, {"blocking", false}, {"exception", nullptr}}}},
      "status");
}

void FindingReconciler::note_left_out(const std::string& ns, const DesiredRows& desired) {
  const std::set<std::string> changed = with_.left_out.replace(ns, desired.left_out.size(), desired.left_out_of);
  with_.metrics.set(kLeftOut, {}, static_cast<double>(with_.left_out.total()));
  if (!changed.empty()) {
    with_.on_left_out(ns, changed);
  }
}

void FindingReconciler::note_unreadable(const std::string& ns, const std::vector<UnreadableImage>& unreadable) {
  std::set<std::string> digests;
  for (const UnreadableImage& image : unreadable) digests.insert(image.digest);
  unreadable_.with([&](auto& namespaces) {
    for (const UnreadableImage& image : unreadable) {
      if (namespaces[ns].contains(image.digest)) continue;
      base::log(base::LogLevel::kWarning, "report unreadable, its rows stay as they are",
                {{"namespace", ns}, {"image", image.reference}, {"digest", image.digest}, {"error", image.why}});
    }
    namespaces[ns] = digests;
    std::erase_if(namespaces, [](const auto& entry) { return entry.second.empty(); });
    for (const auto& [name, others] : namespaces) digests.insert(others.begin(), others.end());
    with_.metrics.set(kUnreadable, {}, static_cast<double>(digests.size()));
  });
}

void FindingReconciler::note_written(const std::string& ns, const DesiredRows& desired,
                                     const std::vector<KnownRow>& kept, const FindingMetrics::Requests& requests) {
  told_.note_open(ns, desired.rows, kept);
  told_.note_written(ns, requests, with_.clock.system_now());
}

}  // namespace pratique_operator::reconcilers
