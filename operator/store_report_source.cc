#include "operator/store_report_source.h"

#include <set>

namespace pratique_operator {

std::vector<std::shared_ptr<const crds::ImageReport>> StoreReportSource::list(const std::string& after,
                                                                              std::size_t limit) const {
  std::vector<std::shared_ptr<const crds::ImageReport>> reports;
  for (const kubernetes::ObjectKey& key : watches_.reports().keys()) {
    if (reports.size() == limit) {
      break;
    }
    if (key.name <= after) {
      continue;
    }
    if (auto report = watches_.reports().get(key)) {
      reports.push_back(std::move(report));
    }
  }
  return reports;
}

std::shared_ptr<const crds::ImageReport> StoreReportSource::get(const std::string& name) const {
  return watches_.reports().get({.ns = {}, .name = name});
}

std::vector<std::string> StoreReportSource::references(const std::string& digest) const {
  constexpr std::size_t kReferencesMax = 100;
  std::set<std::string> references;
  for (const kubernetes::ObjectKey& key : watches_.index().of_manifest(digest)) {
    const auto scan = watches_.scans().get(key);
    if (scan && references.size() < kReferencesMax) {
      references.insert(scan->status.image);
    }
  }
  return {references.begin(), references.end()};
}

std::vector<report_api::ImageUser> StoreReportSource::users(const std::string& digest) const {
  constexpr std::size_t kUsersMax = 100;
  std::set<report_api::ImageUser> users;
  for (const kubernetes::ObjectKey& key : watches_.index().of_manifest(digest)) {
    const auto scan = watches_.scans().get(key);
    if (!scan) {
      continue;
    }
    for (const crds::FindingWorkload& workload : watches_.uses().workloads(key.ns, scan->status.image)) {
      if (users.size() < kUsersMax) {
        users.insert({.ns = key.ns, .kind = workload.kind, .name = workload.name});
      }
    }
  }
  return {users.begin(), users.end()};
}

}  // namespace pratique_operator
