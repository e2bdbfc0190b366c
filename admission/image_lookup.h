// What the cluster view knows of one image of a pod: its digest, the reports of the platforms that the pod's nodes run,
// and what is missing. No I/O.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "admission/cluster_view.h"
#include "policy/facts.h"

namespace admission {

// Where the image is to run.
struct Placement {
  std::string ns;
  std::vector<std::string> platforms;  // of the nodes that the pod can run on; empty: not known
};
[[nodiscard]] Placement placement_of(const ClusterView& view, const std::string& ns, const crds::Labels& node_selector);

// The facts borrow from the reports; keep both together.
struct SeenImage {
  policy::ImageFacts facts;
  std::vector<std::shared_ptr<const ReportFacts>> reports;
  Scan scan;                            // the namespace's own ImageScan of the reference; may be null
  std::vector<std::string> looked_for;  // digests of the manifests whose reports count, whether there are any or not
};
[[nodiscard]] SeenImage look_up_image(const ClusterView& view, const Placement& placement, const std::string& written);

}  // namespace admission
