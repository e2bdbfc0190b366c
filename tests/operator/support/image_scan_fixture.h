// An ImageScanReconciler over an API server in memory, a registry and a scanner that a test has in its hands.
#pragma once

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "crds/object_names.h"
#include "operator/reconcilers/image_scan_reconciler.h"
#include "operator/reconcilers/inventory_attestation.h"
#include "operator/reconcilers/registry_settings.h"
#include "operator/reconcilers/report_building.h"
#include "scanner/report_version.h"
#include "tests/operator/support/fake_clock.h"
#include "tests/operator/support/memory_api.h"
#include "tests/operator/support/told_events.h"

namespace tests {

namespace reconcilers = pratique_operator::reconcilers;

inline const base::Digest kDigest = base::Digest::of("web:1");
inline const base::Digest kNewDigest = base::Digest::of("web:1, pushed again");
inline const kubernetes::ObjectKey kWeb{.ns = "shop", .name = "web"};

class FakeResolver final : public reconcilers::ImageResolver {
 public:
  reconcilers::ResolvedReference resolve(const reconcilers::ResolveRequest& request, std::stop_token) override {
    requests.push_back(request);
    if (error) {
      error();
    }
    reconcilers::ResolvedReference resolved{.image = {.digest = index.value_or(digest), .manifests = {}, .skipped = {}},
                                            .access = {}};
    for (const registry::Platform& platform : platforms) {
      resolved.image.manifests.push_back({.platform = platform, .digest = digest, .layers = layers});
    }
    resolved.image.is_artifact = is_artifact;
    resolved.access.bearer_token = "token";
    if (!mirror.empty()) resolved.told_by = mirror.substr(0, mirror.find('/'));
    resolved.source = mirror.empty() ? request.reference : reconcilers::in_mirror(mirror, request.reference);
    return resolved;
  }
  bool still_means(const reconcilers::ResolveRequest& request, const base::Digest& known, std::stop_token) override {
    confirmations.push_back(request);
    if (error) {
      error();
    }
    return known == digest;
  }
  void avoid(const base::ImageReference& source) override { avoided.push_back(source.text()); }
  std::optional<std::chrono::milliseconds> rest_of(const reconcilers::ResolveRequest&, std::string_view) override {
    return rest;
  }
  void note_throttled(const base::ImageReference& source, std::optional<std::chrono::seconds> retry_after) override {
    throttled.emplace_back(source.host, retry_after);
  }

  base::Digest digest = kDigest;
  std::optional<base::Digest> index;  // that led there
  std::vector<registry::Platform> platforms = {{"linux", "amd64", ""}};
  bool is_artifact = false;
  std::vector<registry::Descriptor> layers;
  std::function<void()> error;
  std::string mirror;  // that tells; empty: the registry itself
  std::vector<reconcilers::ResolveRequest> requests;
  std::vector<reconcilers::ResolveRequest> confirmations;  // asked whether a digest is still meant
  std::vector<std::string> avoided;
  std::optional<std::chrono::milliseconds> rest;  // the registry wants to be left alone for so long
  std::vector<std::pair<std::string, std::optional<std::chrono::seconds>>> throttled;
};

class FakeScanner final : public reconcilers::InventorySource {
 public:
  scanner::Inventory scan(const scanner::ScanRequest& request, std::string_view largest_layer,
                          std::stop_token) override {
    requests.push_back(request);
    largest_layers.emplace_back(largest_layer);
    if (on_scan) {
      on_scan();
    }
    scanner::Inventory inventory;
    inventory.digest = answer_for.value_or(request.digest);
    inventory.platform = request.platform;
    inventory.distribution.id = "debian";
    inventory.complete = complete;
    inventory.compressed_bytes = 1234;
    inventory.scanner_version = version;
    return inventory;
  }

  bool complete = true;
  std::string version = scanner::scanner_version();
  std::optional<std::string> answer_for;
  std::function<void()> on_scan;
  std::vector<scanner::ScanRequest> requests;
  std::vector<std::string> largest_layers;  // of the requests
};

// What other clusters have attached to images: nothing, as long as a test does not say otherwise.
class FakeAttestations final : public reconcilers::InventorySource {
 public:
  explicit FakeAttestations(FakeScanner& scanner) : scanner_(scanner) {}
  scanner::Inventory scan(const scanner::ScanRequest& request, std::string_view largest_layer,
                          std::stop_token stop) override {
    if (!are_there) {
      return scanner_.scan(request, largest_layer, stop);
    }
    ++taken;
    scanner::Inventory inventory;
    inventory.digest = request.digest;
    inventory.platform = request.platform;
    inventory.complete = true;
    inventory.scanner_version = scanner::scanner_version();
    inventory.warnings.push_back(reconcilers::scanned_elsewhere("sha256:1", key));
    return inventory;
  }

  bool are_there = false;
  std::string key = "sha256:" + std::string(64, 'a');  // of who signed them
  int taken = 0;

 private:
  FakeScanner& scanner_;
};

class ImageScanReconcilerTest : public testing::Test {
 protected:
  void make_scan(nlohmann::json spec = {{"image", "registry:5000/shop/web:1"}}) {
    api_.put(crds::kImageScan, {{"metadata", {{"name", "web"}, {"namespace", "shop"}}}, {"spec", std::move(spec)}});
    api_.feed(scans_, crds::kImageScan);
  }
  pratique_operator::controller::Result reconcile() {
    const pratique_operator::controller::Result result = reconciler_.reconcile(kWeb, {});
    api_.feed(scans_, crds::kImageScan);
    api_.feed(reports_, crds::kImageReport);
    return result;
  }
  // As the controller does it.
  void reconcile_and_fail() {
    try {
      static_cast<void>(reconciler_.reconcile(kWeb, {}));
      FAIL() << "did not fail";
    } catch (const base::Error& error) {
      reconciler_.report_failure(kWeb, error);
    }
    api_.feed(scans_, crds::kImageScan);
  }
  // As a person asks for a scan.
  void request_rescan(const std::string& value) { annotate({{std::string(crds::kRescanRequestedAt), value}}); }
  // As an event does.
  void request_resolution(const std::string& value) {
    annotate({{std::string(crds::kRescanRequestedAt), value}, {std::string(crds::kResolutionRequestedAt), value}});
  }
  void annotate(const nlohmann::json& annotations) {
    nlohmann::json scan = api_.at(crds::kImageScan, kWeb);
    scan["metadata"]["annotations"].update(annotations);
    api_.put(crds::kImageScan, scan);
    api_.feed(scans_, crds::kImageScan);
  }
  [[nodiscard]] crds::ImageScanStatus status() { return scans_.get(kWeb)->status; }
  [[nodiscard]] std::string condition(std::string_view type) {
    const crds::ImageScanStatus now = status();
    const kubernetes::Condition* found = kubernetes::find_condition(now.conditions, type);
    return found == nullptr ? "absent" : found->status + " " + found->reason;
  }
  // A report as the matcher's generation makes it, without vulnerabilities.
  void match_report() {
    for (nlohmann::json report : api_.all(crds::kImageReport)) {
      const auto stored = report.get<crds::ImageReport>();
      nlohmann::json matched = reconcilers::build_report(reconcilers::inventory_of(stored.spec),
                                                         reconcilers::Matched{.generation = 7, .result = {}});
      matched["metadata"]["uid"] = report["metadata"]["uid"];
      api_.put(crds::kImageReport, matched);
    }
    api_.feed(reports_, crds::kImageReport);
  }

  [[nodiscard]] reconcilers::ImageScanSurroundings surroundings() {
    return {.scans = scans_,
            .reports = reports_,
            .node_platforms = [this] { return node_platforms_; },
            .scans_at_once = [this](const std::string&) { return scans_at_once_; },
            .accepts_key = [this](const std::string& key) { return accepted_keys_.contains(key); },
            .view = {.used_by = [this](const crds::ImageScan&) { return used_by_; },
                     .labels_of = [](const crds::ImageScan&) { return std::vector<crds::Labels>(); },
                     .running = [this](const crds::ImageScan&) { return running_; },
                     .judges_of =
                         [](const std::string&) {
                           reconcilers::RowJudges judges;
                           judges.exception_of = [](const auto&, const auto&) {
                             return std::optional<reconcilers::RowException>();
                           };
                           return judges;
                         },
                     .left_out = [this](const crds::ImageScan&) { return left_out_; },
                     .judge =
                         [](const auto&, const auto&) {
                           return reconcilers::PolicyVerdict{.status = "True", .reason = "Passed", .message = ""};
                         }},
            .api = api_,
            .resolver = resolver_,
            .inventories = attestations_,
            .scanners = scanner_,
            .matching = matching_,
            .clock = clock_,
            .metrics = metrics_,
            .events = events_,
            .meter = meter_};
  }

  MemoryApi api_;
  FakeClock clock_;
  net::Metrics metrics_;
  ToldEvents events_;
  reconcilers::ScanMeter meter_;
  FakeResolver resolver_;
  FakeScanner scanner_;
  FakeAttestations attestations_{scanner_};
  reconcilers::AdvisoryMatching matching_;
  crds::UsedBy used_by_;
  std::vector<reconcilers::RunningImage> running_;
  std::optional<std::size_t> left_out_;
  std::size_t scans_at_once_ = 0;
  std::set<std::string> accepted_keys_ = {attestations_.key};
  std::vector<registry::Platform> node_platforms_ = {{"linux", "amd64", ""}};
  kubernetes::Store<crds::ImageScan> scans_{[](const nlohmann::json& object) { return object.get<crds::ImageScan>(); }};
  kubernetes::Store<crds::ImageReport> reports_{
      [](const nlohmann::json& object) { return object.get<crds::ImageReport>(); }};
  reconcilers::ImageScanReconciler reconciler_{surroundings()};
};

}  // namespace tests
