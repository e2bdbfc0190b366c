// A namespace of the installed cluster in which two images were scanned, one with a High finding and one without,
// written as the operator would; and what is done there to bring images in.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/digest.h"
#include "crds/report_rows.h"
#include "net/http_client.h"
#include "tests/integration/admission/installed_cluster.h"

namespace tests {

inline const std::string kBadImage = "registry.test:5000/web:1";
inline const std::string kGoodImage = "registry.test:5000/web:2";
inline const std::string kBadFinding = "CVE-2018-18074";

inline const kubernetes::ResourceType kPod{"", "v1", "Pod", "pods", true};

// A request to the API server by its bytes, as an administrator's or as somebody else's.
struct RawRequest {
  std::string method = "POST";
  std::string path;
  std::string body = {};
  std::string content_type = "application/json";
  std::string user = {};  // impersonated
  std::string group = {};
};
[[nodiscard]] net::HttpResponse send_raw(const RawRequest& request);

class ScannedNamespace {
 public:
  // Returns when the webhook knows both images.
  explicit ScannedNamespace(const std::string& prefix = "shop");

  [[nodiscard]] const std::string& ns() const { return ns_; }
  [[nodiscard]] InstalledCluster& cluster() const { return cluster_; }

  static crds::ReportRow bad_row();
  // The digest that `scanned` gives to an image.
  static base::Digest digest_of(const std::string& image) { return base::Digest::of(image); }
  // `reference` in its normal form.
  void scanned(const std::string& reference, const std::vector<crds::ReportRow>& rows) const;

  [[nodiscard]] nlohmann::json pod(const std::string& name, const std::string& image) const;
  // "/api/v1/namespaces/<ns>/pods<rest>"
  [[nodiscard]] std::string pods_path(const std::string& rest = {}) const;

  // "" when the API server takes the object, else what it says.
  [[nodiscard]] std::string refusal(const nlohmann::json& object, const kubernetes::ResourceType& type = kPod) const;
  [[nodiscard]] std::string dry_run_refusal(const nlohmann::json& pod) const;
  [[nodiscard]] CommandResult kubectl(std::vector<std::string> words) const;

 private:
  InstalledCluster& cluster_ = InstalledCluster::instance();
  std::string ns_;
};

}  // namespace tests
