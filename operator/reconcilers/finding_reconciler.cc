#include "operator/reconcilers/finding_reconciler.h"

#include <nlohmann/json.hpp>

#include "base/log.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::Finding;
using kubernetes::ObjectKey;

constexpr std::size_t kNamespaceRowsMax = 2'000;
constexpr std::size_t kClusterRowsMax = 50'000;
constexpr std::chrono::minutes kFixedCheck{10};
constexpr std::size_t kTitleBytesMax = 80;
constexpr const char* kLeftOut = "pratique_findings_left_out";
constexpr const char* kRowsWritten = "pratique_finding_rows_written_total";

}  // namespace

FindingReconciler::FindingReconciler(FindingSurroundings surroundings) : with_(std::move(surroundings)) {
  with_.metrics.describe(kLeftOut, "Findings without a row because of the caps of namespaces and cluster.");
  with_.metrics.describe(kRowsWritten, "Finding rows written, by what was done.");
}

controller::Result FindingReconciler::reconcile(const ObjectKey& key, std::stop_token stop) {
  const std::string& ns = key.name;
  const base::SystemTime now = with_.clock.system_now();
  const RowJudges judges = with_.judges_of(ns);
  const DesiredRows desired = desired_rows(ns, images_of(ns), judges,
                                           {.minimum_severity = with_.minimum_severity, .rows_max = room_for(ns)}, now);
  count_left_out(ns, desired.left_out.size());
  std::map<std::string, KnownRow> known;
  for (const auto& [row_key, row] : with_.rows.list(ns)) {
    known.emplace(row_key.name, *row);
  }
  const RowChanges changes = diff_rows(desired, known, now);
  for (const Finding& finding : changes.write) {
    if (stop.stop_requested()) {
      return {};
    }
    write(finding);
  }
  for (const std::string& name : changes.fixed) {
    mark_fixed({.ns = ns, .name = name});
  }
  for (const std::string& name : changes.remove) {
    with_.api.remove(crds::kFinding, {.ns = ns, .name = name}, {});
  }
  with_.metrics.add(kRowsWritten, {{"result", "written"}}, static_cast<double>(changes.write.size()));
  with_.metrics.add(kRowsWritten, {{"result", "fixed"}}, static_cast<double>(changes.fixed.size()));
  with_.metrics.add(kRowsWritten, {{"result", "removed"}}, static_cast<double>(changes.remove.size()));
  controller::Result result;
  if (changes.fixed_remain) {
    result.requeue_after = kFixedCheck;
  }
  if (judges.next_change) {
    const auto pause = std::chrono::ceil<std::chrono::milliseconds>(*judges.next_change - now);
    result.requeue_after = std::min(pause, result.requeue_after.value_or(pause));
  }
  return result;
}

std::vector<NamespaceImage> FindingReconciler::images_of(const std::string& ns) const {
  std::vector<NamespaceImage> images;
  std::map<std::string, std::shared_ptr<const std::vector<crds::ReportRow>>> rows_by_report;
  for (const auto& [key, scan] : with_.scans.list(ns)) {
    for (const crds::ScannedPlatform& platform : scan->status.platforms) {
      const auto report = with_.reports.get({.ns = {}, .name = platform.report});
      if (!report || !report->spec.database_generation || !scan->metadata.deletion_timestamp.empty()) {
        continue;
      }
      auto& rows = rows_by_report[platform.report];
      if (!rows) {
        rows = std::make_shared<const std::vector<crds::ReportRow>>(
            crds::unpack_report_rows(report->spec.vulnerabilities));
      }
      images.push_back({.reference = scan->status.image,
                        .digest = platform.digest,
                        .workloads = with_.workloads_of(*scan),
                        .rows = rows,
                        .labels = with_.labels_of(*scan)});
    }
  }
  return images;
}

std::size_t FindingReconciler::room_for(const std::string& ns) const {
  const std::size_t own = with_.rows.list(ns).size();
  const std::size_t others = with_.rows.size() - std::min(own, with_.rows.size());
  return std::min(kNamespaceRowsMax, kClusterRowsMax - std::min(others, kClusterRowsMax));
}

// Created or replaced whole, then its status: the status subresource keeps everybody else from forging it.
void FindingReconciler::write(const Finding& finding) {
  Finding next = finding;
  next.spec.vulnerability.title = base::escape_text(with_.title_of(finding), kTitleBytesMax);
  nlohmann::json object = next;
  object.erase("status");
  nlohmann::json stored = next.metadata.resource_version.empty() ? with_.api.create(crds::kFinding, object)
                                                                 : with_.api.replace(crds::kFinding, object, {});
  next.metadata.resource_version = kubernetes::resource_version_of(stored);
  next.status->observed_generation = stored.at("metadata").value("generation", std::int64_t{0});
  with_.api.replace(crds::kFinding, next, "status");
}

void FindingReconciler::mark_fixed(const ObjectKey& key) {
  const std::string fixed(crds::finding_state_name(crds::FindingState::kFixed));
  const std::string now = base::format_rfc3339(with_.clock.system_now());
  with_.api.merge_patch(crds::kFinding, key,
                        {{"metadata", {{"labels", {{std::string(crds::kStateLabel), fixed}}}}},
                         {"spec", {{"workloadCount", 0}, {"workloads", nullptr}}}},
                        {});
  with_.api.merge_patch(crds::kFinding, key,
                        {{"status",
                          {{"state", fixed},
                           {"reason", "NoImageHasIt"},
                           {"resolvedAt", now},
                           {"blocking", false},
                           {"exception", nullptr}}}},
                        "status");
}

void FindingReconciler::count_left_out(const std::string& ns, std::size_t left_out) {
  const std::size_t total = left_out_.with([&](std::map<std::string, std::size_t>& by_namespace) {
    by_namespace[ns] = left_out;
    std::size_t sum = 0;
    for (const auto& [name, count] : by_namespace) {
      sum += count;
    }
    return sum;
  });
  with_.metrics.set(kLeftOut, {}, static_cast<double>(total));
}

}  // namespace pratique_operator::reconcilers
