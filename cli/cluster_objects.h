// Kubernetes objects and scan results out of files, and the cluster that they make up for the webhook's judgement.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "admission/cluster_view.h"
#include "cli/console.h"
#include "policy/workload.h"

namespace cli {

// Every object of a YAML or JSON file, in its order; a List is its items. Throws base::Error that names the file.
[[nodiscard]] std::vector<nlohmann::json> read_objects(const std::string& file);

// Whether it is what `pratique scan --output json` writes.
[[nodiscard]] bool is_scan_result(const nlohmann::json& document);

// Something that would run images.
struct SubjectObject {
  const policy::WorkloadKind* kind = nullptr;
  std::string title;  // "Pod/web"
  std::string ns;
  nlohmann::json object;
};

// The objects that a judgement needs, gathered in any order.
class ClusterObjects {
 public:
  // Objects without a namespace of their own, where they need one, are in `ns`.
  explicit ClusterObjects(std::string ns);
  ~ClusterObjects();
  ClusterObjects(ClusterObjects&&) noexcept;
  ClusterObjects& operator=(ClusterObjects&&) noexcept;

  // Takes policies, exceptions, scans, reports, namespaces, nodes and workloads. False: it decides nothing.
  bool add(nlohmann::json object);
  // A pod that is not to be judged: others are compared with what it runs.
  void add_running_pod(nlohmann::json pod);
  // A scan result, as what the image named `image` resolves to in every namespace that has a subject; an empty `image`
  // is that of the result. Throws base::ParseError.
  void add_scan_result(const std::string& image, nlohmann::json result);

  [[nodiscard]] const std::vector<SubjectObject>& subjects() const;
  // What the webhook would know if the cluster held these objects and nothing else.
  [[nodiscard]] std::unique_ptr<admission::ClusterView> view(base::SystemTime now) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Adds what a file holds, objects and scan results; what decides nothing is named on the console and passed over.
// Throws base::Error that names the file.
void add_file(const std::string& file, ClusterObjects& objects, const Console& console);

}  // namespace cli
