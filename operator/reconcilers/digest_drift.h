// What runs against what was judged: a tag that moved after the pod started, or between the decision and the pull, an
// image that a node already had. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "crds/image_scan.h"
#include "operator/reconcilers/image_uses.h"

namespace pratique_operator::reconcilers {

// Of the containers that run the ImageScan's reference those whose digest is neither what it resolved to nor one of its
// platforms'. Ordered by digest; none while nothing is resolved.
[[nodiscard]] std::vector<RunningImage> drifted(std::vector<RunningImage> running, const crds::ImageScanStatus& status);

// The condition DigestDrift.
void set_drift(crds::ImageScanStatus& status, const std::vector<RunningImage>& running, base::SystemTime now);

}  // namespace pratique_operator::reconcilers
