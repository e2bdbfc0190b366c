// The status of an ImageScan, computed from what is known. Pure: time is a parameter, nothing is read or written.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crds/image_scan.h"
#include "crds/report_rows.h"
#include "operator/reconcilers/failure.h"

namespace pratique_operator::reconcilers {

// What is known of one platform manifest of the image.
struct PlatformResult {
  crds::ScannedPlatform platform;
  crds::ImageDistribution distribution;
  std::int64_t packages = 0;
  bool complete = false;
  std::optional<std::int64_t> coverage = {};        // percent; absent: not known
  std::vector<std::string> warnings;                // "3 x Unsupported (usr/lib/rpm)", as the report has them
  std::optional<std::int64_t> database_generation;  // absent: not matched yet, so not scanned
  std::vector<crds::ReportRow> rows;                // worst first
  bool operator==(const PlatformResult&) const = default;
};

// What the namespace's policies say of the image; reason is CamelCase.
struct PolicyVerdict {
  std::string status = "Unknown";
  std::string reason = "NotJudged";
  std::string message;
};

struct ScanResult {
  std::vector<PlatformResult> platforms;
  // Whether a row of that platform is excepted in the ImageScan's namespace.
  std::function<bool(const crds::ReportRow& row, const std::string& platform_digest)> excepted;
  PolicyVerdict policy;
};

// A new resolution of the reference.
struct Resolution {
  std::string image;   // normalised
  std::string digest;  // of the index or manifest
  std::vector<crds::ScannedPlatform> platforms;
  // Hosts of mirrors: that said what the tag means, and that serves the image; empty: the registry itself.
  std::string told_by = {};
  std::string read_in = {};
};

// The present status with every condition there and observedGeneration up to date: what the other functions build on.
[[nodiscard]] crds::ImageScanStatus begin_status(const crds::ImageScan& scan, base::SystemTime now);

// The reference was resolved. What was known of another digest goes.
void set_resolved(crds::ImageScanStatus& status, const Resolution& resolution, base::SystemTime now);

// A platform has no report yet: a scan is on its way.
void set_scanning(crds::ImageScanStatus& status, const std::string& message, base::SystemTime now);

// All platforms have reports.
void set_scanned(crds::ImageScanStatus& status, const ScanResult& result, base::SystemTime now);

// How many of its findings the caps on rows left without one; nullopt: not known, nothing is said. The condition is
// there only where it has something to say.
void set_listed(crds::ImageScanStatus& status, std::optional<std::size_t> left_out, base::SystemTime now);

// A step failed; what is known from before stays, and its age tells.
void set_failed(crds::ImageScanStatus& status, ScanStep step, const Failure& failure, base::SystemTime now);

void set_suspended(crds::ImageScanStatus& status, base::SystemTime now);

}  // namespace pratique_operator::reconcilers
