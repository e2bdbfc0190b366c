#include "operator/reconcilers/report_building.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "crds/object_names.h"
#include "crds/packing.h"
#include "operator/reconcilers/inventory_attestation.h"
#include "scanner/report_json.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::ImageReport;
using crds::ReportRow;
using scanner::ScanWarning;

constexpr std::size_t kWarningsMax = 50;
// Of a warning's words in a condition, which names three of them in at most 4 KiB.
constexpr std::size_t kWarningMessageBytesMax = 200;
// What the two packed halves may take together; the rest of the object is below 64 KiB.
constexpr std::size_t kPackedHalvesMax = crds::kImageReportBytesMax - (64 << 10);

crds::Severity to_crd(scanner::advisories::Severity severity) {
  return static_cast<crds::Severity>(severity);
}
static_assert(static_cast<int>(crds::Severity::kCritical) ==
              static_cast<int>(scanner::advisories::Severity::kCritical));

// Whoever lets the same vulnerability make another row raises kRowsVersion in scanner/matching/matcher.cc.
ReportRow row_of(const scanner::matching::Vulnerability& found) {
  ReportRow row{.id = found.id,
                .aliases = found.aliases,
                .package_type = found.package_type,
                .package = found.package,
                .installed = found.installed,
                .fixed = found.fixed,
                .fix_date = found.fix_date,
                .published = found.published,
                .severity = to_crd(found.severity),
                .severity_source = found.severity_source,
                .ratings = {},
                .url = found.url,
                .purls = found.purls,
                .layer = found.layer,
                .path = found.path,
                .exploited_since = found.threat.exploited_since,
                .ransomware = found.threat.ransomware,
                .epss = found.threat.epss,
                .epss_percentile = found.threat.epss_percentile};
  for (const scanner::advisories::Rating& rating : found.ratings) {
    row.ratings.push_back({.source = rating.source, .severity = to_crd(rating.severity), .vector = rating.vector});
  }
  return row;
}

crds::SeverityCounts count(const std::vector<ReportRow>& rows) {
  crds::SeverityCounts counts;
  for (const ReportRow& row : rows) {
    switch (row.severity) {
      case crds::Severity::kCritical:
        ++counts.critical;
        break;
      case crds::Severity::kHigh:
        ++counts.high;
        break;
      case crds::Severity::kMedium:
        ++counts.medium;
        break;
      case crds::Severity::kLow:
        ++counts.low;
        break;
      case crds::Severity::kUnknown:
        ++counts.unknown;
        break;
    }
    counts.fixable += row.fixed.empty() ? 0 : 1;
    counts.exploited += row.exploited() ? 1 : 0;
  }
  return counts;
}

std::string pack_inventory(const scanner::Inventory& inventory) {
  return crds::pack_json(nlohmann::json::parse(scanner::write_inventory(inventory)));
}

// The inventory, packed, in at most half of the room. What was cut is said in the inventory itself, so that whoever
// reads it again knows.
struct PackedInventory {
  std::string text;
  std::vector<ScanWarning> warnings;  // the inventory's own, and what was cut
  bool complete = false;
};

PackedInventory pack_within_bound(const scanner::Inventory& inventory) {
  scanner::Inventory kept = inventory;
  std::string text = pack_inventory(kept);
  std::size_t cut = 0;
  while (text.size() > kPackedHalvesMax / 2 && !kept.packages.empty()) {
    cut += kept.packages.size() - kept.packages.size() / 2;
    kept.packages.resize(kept.packages.size() / 2);
    kept.warnings = inventory.warnings;
    kept.warnings.push_back({"LimitExceeded", "packages", "packages were left out of the report", cut, true});
    kept.complete = false;
    text = pack_inventory(kept);
  }
  return {.text = std::move(text), .warnings = std::move(kept.warnings), .complete = kept.complete};
}

struct PackedRows {
  std::string text;
  std::size_t cut = 0;
};

// Rows are worst first, so the tail goes first.
PackedRows pack_within_bound(std::vector<ReportRow> rows, std::size_t bytes_max) {
  PackedRows packed{.text = crds::pack_report_rows(rows)};
  while (packed.text.size() > bytes_max && !rows.empty()) {
    packed.cut += rows.size() - rows.size() / 2;
    rows.resize(rows.size() / 2);
    packed.text = crds::pack_report_rows(rows);
  }
  return packed;
}

void put_warnings(crds::ImageReportSpec& spec, std::vector<ScanWarning> warnings) {
  for (const ScanWarning& warning : warnings) {
    spec.complete = spec.complete && !warning.makes_incomplete;
  }
  spec.warnings.clear();
  // Whose word it is comes first: what is cut must not be that.
  const auto rank = [](const ScanWarning& warning) {
    return std::pair(warning.reason != kScannedElsewhere, !warning.makes_incomplete);
  };
  std::ranges::stable_sort(warnings, {}, rank);
  for (std::size_t i = 0; i < std::min(kWarningsMax, warnings.size()); ++i) {
    spec.warnings.push_back({.reason = warnings[i].reason,
                             .path = warnings[i].path,
                             .message = warnings[i].message,
                             .count = static_cast<std::int64_t>(warnings[i].count)});
  }
}

std::string content_hash(const crds::ImageReportSpec& spec) {
  std::string text = spec.scanner_version + '\n' + spec.inventory + '\n' + spec.vulnerabilities + '\n' +
                     (spec.database_generation ? "matched" : "unmatched") + (spec.complete ? " complete" : "");
  for (const crds::ReportWarning& warning : spec.warnings) {
    text += '\n' + warning.reason + ' ' + warning.path + ' ' + std::to_string(warning.count);
  }
  return base::sha256_hex(text).substr(0, 32);
}

// All that depends on what the inventory, whose packed form is there already, was matched with.
void put_match(crds::ImageReportSpec& spec, bool complete, std::vector<ScanWarning> warnings,
               const std::optional<Matched>& matched) {
  std::vector<ReportRow> rows;
  if (matched) {
    std::ranges::transform(matched->result.vulnerabilities, std::back_inserter(rows), row_of);
    warnings.insert(warnings.end(), matched->result.warnings.begin(), matched->result.warnings.end());
    spec.database_generation = static_cast<std::int64_t>(matched->generation);
    spec.match_fingerprint = matched->fingerprint;
  }
  spec.counts = count(rows);
  PackedRows packed =
      pack_within_bound(std::move(rows), kPackedHalvesMax - std::min(kPackedHalvesMax, spec.inventory.size()));
  if (packed.cut > 0) {
    warnings.push_back(
        {"LimitExceeded", "vulnerabilities", "the least severe were left out of the report", packed.cut, true});
  }
  spec.complete = complete;
  put_warnings(spec, std::move(warnings));
  spec.vulnerabilities = std::move(packed.text);
  spec.content_hash = content_hash(spec);
}

}  // namespace

ImageReport build_report(const scanner::Inventory& inventory, const std::optional<Matched>& matched,
                         std::optional<bool> own_with_sboms) {
  const std::optional<base::Digest> digest = base::Digest::parse(inventory.digest);
  if (!digest) {
    throw base::ParseError("inventory: its digest is malformed: " + inventory.digest);
  }
  ImageReport report;
  report.metadata.name = crds::image_report_name(*digest);
  report.metadata.labels[std::string(crds::kManagedByLabel)] = crds::kManagedByPratique;
  crds::ImageReportSpec& spec = report.spec;
  spec.digest = inventory.digest;
  spec.platform = inventory.platform;
  spec.scanner_version = inventory.scanner_version;
  spec.packages = static_cast<std::int64_t>(inventory.packages.size());
  if (inventory.programs) spec.coverage = inventory.programs->percent();
  PackedInventory packed = pack_within_bound(inventory);
  spec.inventory = std::move(packed.text);
  if (packed.complete) spec.attached_sboms = own_with_sboms;
  spec.attestation_key = attestation_key_of(inventory);
  put_match(spec, packed.complete, std::move(packed.warnings), matched);
  return report;
}

ImageReport matched_again(const ImageReport& report, const scanner::Inventory& inventory, const Matched& matched) {
  ImageReport next;
  next.metadata.name = report.metadata.name;
  next.metadata.labels[std::string(crds::kManagedByLabel)] = crds::kManagedByPratique;
  next.spec = report.spec;
  put_match(next.spec, inventory.complete, inventory.warnings, matched);
  return next;
}

namespace {

[[noreturn]] void refuse_report(const crds::ImageReportSpec& report, const base::Error& error) {
  std::string name = report.digest;
  std::ranges::replace(name, ':', '-');
  throw base::ParseError("ImageReport " + name + " cannot be read: " + error.what() +
                         "; delete it, and the image is scanned again");
}

}  // namespace

std::vector<ReportRow> report_rows_of(const crds::ImageReportSpec& report) {
  try {
    return crds::unpack_report_rows(report.vulnerabilities);
  } catch (const base::Error& error) {
    refuse_report(report, error);
  }
}

scanner::Inventory inventory_of(const crds::ImageReportSpec& report) {
  try {
    return scanner::parse_inventory(crds::unpack_json(report.inventory));
  } catch (const base::Error& error) {
    refuse_report(report, error);
  }
}

namespace {

// What the inventory says, whatever it was matched with.
PlatformResult unmatched_result(const crds::ImageReport& report, const scanner::Inventory& inventory) {
  return {.platform = {.platform = report.spec.platform,
                       .digest = report.spec.digest,
                       .report = report.metadata.name,
                       .attestation_key = report.spec.attestation_key},
          .distribution = {.name = inventory.distribution.id,
                           .version = inventory.distribution.version_id,
                           .end_of_life = {}},
          .packages = report.spec.packages,
          .complete = inventory.complete,
          .coverage = report.spec.coverage,
          .warnings = {},
          .database_generation = {},
          .rows = {}};
}

}  // namespace

PlatformResult matched_result(const crds::ImageReport& report, const scanner::Inventory& inventory,
                              const Matched& matched) {
  PlatformResult result = unmatched_result(report, inventory);
  result.complete = result.complete && std::ranges::none_of(matched.result.warnings, &ScanWarning::makes_incomplete);
  result.database_generation = static_cast<std::int64_t>(matched.generation);
  std::ranges::transform(matched.result.vulnerabilities, std::back_inserter(result.rows), row_of);
  return result;
}

PlatformResult platform_result(const crds::ImageReport& report) {
  PlatformResult result = unmatched_result(report, inventory_of(report.spec));
  result.complete = report.spec.complete;
  result.database_generation = report.spec.database_generation;
  if (report.spec.database_generation) {
    result.rows = report_rows_of(report.spec);
  }
  for (const crds::ReportWarning& warning : report.spec.warnings) {
    std::string where = warning.path;
    if (!warning.message.empty()) {
      where += (where.empty() ? "" : ": ") + base::escape_text(warning.message, kWarningMessageBytesMax);
    }
    result.warnings.push_back(std::to_string(warning.count) + " x " + warning.reason + " (" + where + ")");
  }
  return result;
}

}  // namespace pratique_operator::reconcilers
