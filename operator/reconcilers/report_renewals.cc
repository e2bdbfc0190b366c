#include "operator/reconcilers/report_renewals.h"

#include <chrono>

#include "scanner/report_version.h"

namespace pratique_operator::reconcilers {
namespace {

constexpr std::chrono::hours kPause{1};

}  // namespace

bool is_outdated(const crds::ImageReport& report) {
  return scanner::extractors_version(report.spec.scanner_version) < scanner::kExtractorsVersion;
}

std::optional<base::SystemTime> ReportRenewals::due_at(const crds::ImageReport& report, base::SystemTime now) const {
  if (!is_outdated(report)) {
    return std::nullopt;
  }
  return tried_at_.with([&](const auto& times) {
    const auto found = times.find(report.spec.digest);
    return found == times.end() ? now : found->second + kPause;
  });
}

bool ReportRenewals::take_turn(const kubernetes::ObjectKey& scan) {
  return turns_.with([&](auto& turns) {
    const bool is_new = turns.insert(scan).second;
    if (!is_new) {
      turns.erase(scan);
    }
    return !is_new;
  });
}

void ReportRenewals::forget(const kubernetes::ObjectKey& scan) {
  turns_.with([&](auto& turns) { turns.erase(scan); });
}

void ReportRenewals::note_try(const std::vector<crds::ScannedPlatform>& platforms, base::SystemTime now) {
  tried_at_.with([&](auto& times) {
    std::erase_if(times, [&](const auto& entry) { return entry.second + kPause <= now; });
    for (const crds::ScannedPlatform& platform : platforms) {
      times[platform.digest] = now;
    }
  });
}

}  // namespace pratique_operator::reconcilers
