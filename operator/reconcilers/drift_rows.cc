#include "operator/reconcilers/drift_rows.h"

#include <memory>

#include "operator/reconcilers/digest_drift.h"

namespace pratique_operator::reconcilers {
namespace {

constexpr std::size_t kPackageBytesMax = 256;  // of the custom resource

std::shared_ptr<const std::vector<crds::ReportRow>> row_of(const crds::ImageScanStatus& status,
                                                           const std::string& digest) {
  crds::ReportRow row;
  row.id = crds::kDigestDriftId;
  row.package_type = "oci";
  row.package = status.image.substr(0, kPackageBytesMax);
  row.installed = digest;
  row.fixed = status.digest;
  // What --minimum-severity shows by default: it is worth a look, and says nothing of what runs.
  row.severity = crds::Severity::kMedium;
  row.severity_source = "pratique";
  return std::make_shared<const std::vector<crds::ReportRow>>(std::vector{row});
}

}  // namespace

std::vector<NamespaceImage> drifted_images(const crds::ImageScanStatus& status, std::vector<RunningImage> running) {
  std::vector<NamespaceImage> images;
  for (const RunningImage& one : drifted(std::move(running), status)) {
    if (images.empty() || images.back().digest != one.digest) {
      images.push_back({.reference = status.image,
                        .digest = one.digest,
                        .workloads = {},
                        .rows = row_of(status, one.digest),
                        .decides = false});
    }
    images.back().workloads.push_back({.kind = "Pod", .name = one.pod, .container = one.container});
  }
  return images;
}

}  // namespace pratique_operator::reconcilers
