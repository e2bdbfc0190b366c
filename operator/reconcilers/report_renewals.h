// Which reports of older scanners are to be made again, and when that was last tried.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"

namespace pratique_operator::reconcilers {

// Whether a scanner of today may find more in the image than the one that reported.
[[nodiscard]] bool is_outdated(const crds::ImageReport& report);

// Remembered in memory: a new leader tries once more. Thread-safe.
class ReportRenewals {
 public:
  // When this report may be made again, which is now or earlier where its time has come; nullopt: it is not outdated.
  [[nodiscard]] std::optional<base::SystemTime> due_at(const crds::ImageReport& report, base::SystemTime now) const;

  // An ImageScan's reports are renewed by a pass of its own: false asks for that pass, true is it.
  [[nodiscard]] bool take_turn(const kubernetes::ObjectKey& scan);
  void forget(const kubernetes::ObjectKey& scan);

  // The next try is an hour from now: the scanners may be of the old version still, or the registry away.
  void note_try(const std::vector<crds::ScannedPlatform>& platforms, base::SystemTime now);

 private:
  base::Guarded<std::set<kubernetes::ObjectKey>> turns_;             // whose next pass renews
  base::Guarded<std::map<std::string, base::SystemTime>> tried_at_;  // by digest
};

}  // namespace pratique_operator::reconcilers
