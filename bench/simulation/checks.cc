#include "bench/simulation/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/image_reference.h"
#include "crds/finding.h"
#include "crds/finding_exception.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "crds/object_names.h"
#include "crds/report_rows.h"

namespace bench::simulation {

using kubernetes::ObjectKey;
using nlohmann::json;

namespace {

// Nobody has it any more, or no advisory says it.
bool is_over(const json& finding) {
  const json& state = finding.at("status").at("state");
  return state == "Fixed" || state == "Withdrawn";
}

constexpr std::size_t kShownMax = 10;

class Complaints {
 public:
  void add(std::string what) {
    if (said_.size() < kShownMax) said_.push_back(std::move(what));
  }
  [[nodiscard]] std::vector<std::string> take() { return std::move(said_); }

 private:
  std::vector<std::string> said_;
};

// What a row must say.
struct RightRow {
  std::string vulnerability;
  std::set<std::string> digests;
};
using RightRows = std::map<ObjectKey, RightRow>;

RightRows right_rows(const Checked& checked) {
  RightRows rows;
  checked.api.for_each(crds::kImageScan, [&](const json& object) {
    const auto scan = object.get<crds::ImageScan>();
    for (const crds::ScannedPlatform& platform : scan.status.platforms) {
      for (const MadeAdvisory* advisory : checked.software.advisories_of(platform.digest)) {
        RightRow& row = rows[{.ns = scan.metadata.ns, .name = finding_name_of(*advisory)}];
        row.vulnerability = advisory->id;
        row.digests.insert(platform.digest);
      }
    }
  });
  return rows;
}

std::set<std::pair<std::string, std::string>> excepted(const Checked& checked) {
  std::set<std::pair<std::string, std::string>> ids;  // by namespace
  checked.api.for_each(crds::kFindingException, [&](const json& object) {
    const auto exception = object.get<crds::FindingException>();
    if (base::parse_rfc3339(exception.spec.expires_at).value() <= checked.now) return;
    for (const auto& one : exception.spec.vulnerabilities) ids.insert({exception.metadata.ns, one.id});
  });
  return ids;
}

void check_images(const Checked& checked, Complaints& complaints) {
  for (const Application& application : checked.world.applications()) {
    const ObjectKey key{.ns = application.ns,
                        .name = crds::image_scan_name(base::parse_image_reference(application.image()))};
    const json* object = checked.api.find(crds::kImageScan, key);
    if (object == nullptr) {
      complaints.add(application.image() + " runs in " + application.ns + " and has no ImageScan");
      continue;
    }
    const auto scan = object->get<crds::ImageScan>();
    const kubernetes::Condition* scanned = kubernetes::find_condition(scan.status.conditions, crds::kScanned);
    if (scanned == nullptr || scanned->status != "True") complaints.add("ImageScan " + key.text() + " is not scanned");
    if (scan.status.digest != application.digest) {
      complaints.add("ImageScan " + key.text() + " says " + scan.status.digest + ", and " + application.digest +
                     " runs");
    }
  }
}

void check_reports(const Checked& checked, Complaints& complaints) {
  checked.api.for_each(crds::kImageReport, [&](const json& object) {
    const auto report = object.get<crds::ImageReport>();
    std::set<std::string> names;
    for (const crds::ReportRow& row : crds::unpack_report_rows(report.spec.vulnerabilities)) {
      names.insert(crds::finding_name({.id = row.id, .package_type = row.package_type, .source_package = row.package}));
    }
    const std::set<std::string> right = checked.software.findings_of(report.spec.digest);
    if (names != right) {
      complaints.add(fmt::format("ImageReport {} has {} findings and should have {}, or others", report.metadata.name,
                                 names.size(), right.size()));
    }
  });
}

void check_row(const json& object, const RightRow& right, bool is_excepted, Complaints& complaints) {
  const auto row = object.get<crds::Finding>();
  const std::string name = row.metadata.key().text();
  const auto state = row.status.value_or(crds::FindingStatus{}).state;
  const auto wanted = is_excepted ? crds::FindingState::kExcepted : crds::FindingState::kOpen;
  if (state != wanted) {
    complaints.add(fmt::format("Finding {} is {} and should be {}", name, crds::finding_state_name(state),
                               crds::finding_state_name(wanted)));
  }
  if (row.spec.image_count != static_cast<std::int64_t>(right.digests.size())) {
    complaints.add(
        fmt::format("Finding {} counts {} images and there are {}", name, row.spec.image_count, right.digests.size()));
  }
}

void check_rows(const Checked& checked, Complaints& complaints) {
  RightRows missing = right_rows(checked);
  const auto exceptions = excepted(checked);
  checked.api.for_each(crds::kFinding, [&](const json& object) {
    const ObjectKey key = kubernetes::key_of(object);
    const auto right = missing.find(key);
    if (right != missing.end()) {
      check_row(object, right->second, exceptions.contains({key.ns, right->second.vulnerability}), complaints);
      missing.erase(right);
    } else if (!is_over(object)) {
      complaints.add("Finding " + key.text() + " is of no image");
    }
  });
  for (const auto& [key, row] : missing) complaints.add("Finding " + key.text() + " is missing");
}

}  // namespace

std::vector<std::string> wrong_findings(const Checked& checked) {
  Complaints complaints;
  check_images(checked, complaints);
  check_reports(checked, complaints);
  check_rows(checked, complaints);
  return complaints.take();
}

std::vector<std::string> orphans(const Checked& checked) {
  Complaints complaints;
  std::set<ObjectKey> used;
  for (const Application& application : checked.world.applications()) {
    used.insert(
        {.ns = application.ns, .name = crds::image_scan_name(base::parse_image_reference(application.image()))});
  }
  std::set<std::string> named;
  checked.api.for_each(crds::kImageScan, [&](const json& object) {
    const auto scan = object.get<crds::ImageScan>();
    if (!used.contains(scan.metadata.key())) {
      complaints.add("ImageScan " + scan.metadata.key().text() + " is used by nobody");
    }
    for (const crds::ScannedPlatform& platform : scan.status.platforms) named.insert(platform.report);
  });
  checked.api.for_each(crds::kImageReport, [&](const json& object) {
    const std::string name = kubernetes::key_of(object).name;
    if (!named.contains(name)) complaints.add("ImageReport " + name + " is of no ImageScan");
  });
  checked.api.for_each(crds::kFinding, [&](const json& object) {
    if (is_over(object)) {
      complaints.add("Finding " + kubernetes::key_of(object).text() + " is over for longer than it is kept");
    }
  });
  return complaints.take();
}

}  // namespace bench::simulation
