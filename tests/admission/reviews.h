// AdmissionReviews and a cluster view for tests of admission/: what the API server would send and the watches bring.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "admission/cluster_view.h"
#include "admission/review_handler.h"
#include "crds/image_report.h"
#include "crds/object_names.h"
#include "crds/report_rows.h"

namespace admission::testing {

using nlohmann::json;

inline const base::SystemTime kNow = *base::parse_rfc3339("2026-06-01T12:00:00Z");
inline const std::string kIndex = "sha256:" + std::string(64, 'a');
inline const std::string kAmd64 = "sha256:" + std::string(64, 'b');
inline const std::string kArm64 = "sha256:" + std::string(64, 'c');

inline json pod(const std::vector<std::string>& images) {
  json containers = json::array();
  for (const std::string& image : images) {
    containers.push_back({{"name", "c" + std::to_string(containers.size())}, {"image", image}});
  }
  return {{"metadata", {{"name", "web"}, {"labels", {{"app", "web"}}}}}, {"spec", {{"containers", containers}}}};
}

struct Request {
  std::string operation = "CREATE";
  std::string group = {};
  std::string resource = "pods";
  std::string subresource = {};
  std::string ns = "shop";
  json object = pod({"registry:5000/web:1"});
  json old_object = nullptr;
  bool dry_run = false;
  std::string user = "jo";
  std::vector<std::string> groups = {"dev"};
};

inline json review_json(const Request& request) {
  return {{"apiVersion", "admission.k8s.io/v1"},
          {"kind", "AdmissionReview"},
          {"request",
           {{"uid", "u-1"},
            {"kind", {{"group", request.group}, {"version", "v1"}, {"kind", "X"}}},
            {"resource", {{"group", request.group}, {"version", "v1"}, {"resource", request.resource}}},
            {"subResource", request.subresource},
            {"namespace", request.ns},
            {"name", "web"},
            {"operation", request.operation},
            {"userInfo", {{"username", request.user}, {"groups", request.groups}}},
            {"object", request.object},
            {"oldObject", request.old_object},
            {"dryRun", request.dry_run}}}};
}

inline Review review_of(const Request& request) {
  std::string uid;
  return decode_review(review_json(request).dump(), policy::kubernetes_workload_kinds(), uid);
}

// A cluster view that is fed by hand.
class FedView {
 public:
  FedView() {
    for (ClusterView::Watched& watched : view_.watched()) feeds_.push_back(std::move(watched));
  }
  ClusterView& view() { return view_; }

  void list_nothing() {
    for (ClusterView::Watched& feed : feeds_) {
      feed.on_event({.type = kubernetes::ObjectEventType::kInit, .object = {}});
      feed.on_event({.type = kubernetes::ObjectEventType::kInitDone, .object = {}});
    }
  }
  void apply(json object) { send(kubernetes::ObjectEventType::kApply, std::move(object)); }
  void remove(json object) { send(kubernetes::ObjectEventType::kDelete, std::move(object)); }

 private:
  void send(kubernetes::ObjectEventType type, json object) {
    const std::string kind = object.at("kind").get<std::string>();
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    for (ClusterView::Watched& feed : feeds_) {
      if (feed.type.kind == kind) return feed.on_event({.type = type, .object = std::move(object)});
    }
    throw std::runtime_error("nobody watches " + kind);
  }

  ClusterView view_;
  std::vector<ClusterView::Watched> feeds_;
  int version_ = 0;
};

inline json policy_object(const json& spec, const std::string& name = "default", const std::string& ns = "") {
  json object{
      {"kind", ns.empty() ? "ClusterScanPolicy" : "ScanPolicy"}, {"metadata", {{"name", name}}}, {"spec", spec}};
  if (!ns.empty()) object["metadata"]["namespace"] = ns;
  return object;
}

inline json deny_high() {
  return {{"mode", "Deny"},
          {"rules", {{{"name", "high"}, {"severityAtLeast", "High"}}}},
          {"unscanned", {{"action", "Deny"}}}};
}

// Waits for the scan of an unknown image, then denies.
inline json wait_then_deny(int seconds) {
  json spec = deny_high();
  spec["unscanned"] = {{"action", "Wait"}, {"waitSeconds", seconds}};
  return spec;
}

inline json namespace_object(const std::string& name, const json& labels = json::object()) {
  return {{"kind", "Namespace"}, {"metadata", {{"name", name}, {"labels", labels}}}};
}

inline json node_object(const std::string& name, const std::string& architecture,
                        const std::string& created = "2026-01-01T00:00:00Z") {
  return {{"kind", "Node"},
          {"metadata", {{"name", name}, {"creationTimestamp", created}}},
          {"status", {{"nodeInfo", {{"operatingSystem", "linux"}, {"architecture", architecture}}}}}};
}

struct ScanObject {
  std::string ns = "shop";
  std::string name = "web";
  std::string image = "registry:5000/web:1";
  std::string digest = kAmd64;
  std::string resolved_at = "2026-06-01T11:59:00Z";
  std::vector<crds::ScannedPlatform> platforms{{"linux/amd64", kAmd64, ""}};
  std::vector<std::string> wanted_platforms = {};
  int observed_generation = 1;
};

inline json scan_object(const ScanObject& scan) {
  crds::ImageScan object;
  object.metadata.name = scan.name;
  object.metadata.ns = scan.ns;
  object.metadata.generation = 1;
  object.spec.image = scan.image;
  object.spec.platforms = scan.wanted_platforms;
  if (!scan.digest.empty()) {
    object.status.observed_generation = scan.observed_generation;
    object.status.image = base::parse_image_reference(scan.image).text();
    object.status.digest = scan.digest;
    object.status.resolved_at = scan.resolved_at;
    object.status.platforms = scan.platforms;
  }
  return object;
}

inline crds::ReportRow row(const std::string& id, crds::Severity severity) {
  crds::ReportRow row;
  row.id = id;
  row.package_type = "npm";
  row.package = "lodash";
  row.installed = "4.17.20";
  row.fixed = "4.17.21";
  row.severity = severity;
  row.purls = {"pkg:npm/lodash@4.17.20"};
  return row;
}

inline json report_object(const std::string& digest, const std::vector<crds::ReportRow>& rows) {
  crds::ImageReport report;
  report.metadata.name = crds::image_report_name(*base::Digest::parse(digest));
  report.spec.digest = digest;
  report.spec.platform = "linux/amd64";
  report.spec.complete = true;
  report.spec.database_generation = 7;
  report.spec.vulnerabilities = crds::pack_report_rows(rows);
  return report;
}

}  // namespace admission::testing
