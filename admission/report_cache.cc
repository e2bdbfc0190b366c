#include "admission/report_cache.h"

namespace admission {

std::shared_ptr<const ReportFacts> ReportCache::of(const base::Digest& manifest,
                                                   const std::function<std::shared_ptr<const ReportFacts>()>& make) {
  std::uint64_t changes = 0;
  std::shared_ptr<const ReportFacts> report = known_.with([&](const Known& known) {
    changes = known.changes;
    const auto found = known.reports.find(manifest.hex());
    return found == known.reports.end() ? nullptr : found->second;
  });
  if (report) return report;
  report = make();
  if (!report) return nullptr;
  known_.with([&](Known& known) {
    if (known.changes != changes) return;
    if (known.reports.size() >= kReportsMax) known.reports.clear();
    known.reports.emplace(manifest.hex(), report);
  });
  return report;
}

void ReportCache::forget(const std::string& hex) {
  known_.with([&](Known& known) {
    ++known.changes;
    known.reports.erase(hex);
  });
}

}  // namespace admission
