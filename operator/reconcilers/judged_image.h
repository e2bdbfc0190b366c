// An image as policies see it, made from its ImageScan and reports.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "crds/image_scan.h"
#include "operator/reconcilers/image_scan_status.h"
#include "policy/facts.h"

namespace pratique_operator::reconcilers {

// The facts point into one another, so it stays where it was made.
struct JudgedImage {
  JudgedImage(const crds::ImageScan& scan, const std::vector<PlatformResult>& platforms);
  JudgedImage(const JudgedImage&) = delete;
  JudgedImage& operator=(const JudgedImage&) = delete;

  std::vector<std::vector<policy::FindingFacts>> findings;  // by platform
  std::vector<policy::ManifestFacts> manifests;
  policy::ImageFacts image;
};

}  // namespace pratique_operator::reconcilers
