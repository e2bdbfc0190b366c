// What runs and was not judged, as rows of `kubectl get findings`. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "crds/image_scan.h"
#include "operator/reconcilers/finding_rows.h"
#include "operator/reconcilers/image_uses.h"

namespace pratique_operator::reconcilers {

inline constexpr std::string_view kDriftTitle = "containers run another digest than the reference means";

// For each digest that containers run by the ImageScan's reference and that is not what it means (digest_drift.h): an
// image with one row, whose workloads are the pods. All are one Finding, whose package is the reference, and no policy
// denies on it: admission judges what is about to run. A reference that is longer than a package's name may be is cut.
[[nodiscard]] std::vector<NamespaceImage> drifted_images(const crds::ImageScanStatus& status,
                                                         std::vector<RunningImage> running);

}  // namespace pratique_operator::reconcilers
