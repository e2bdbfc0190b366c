// Reports as the cluster's objects hold them.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "cli/stored_reports.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "crds/object_names.h"
#include "crds/packing.h"
#include "scanner/report_json.h"

namespace cli {
namespace {

using nlohmann::json;

constexpr int kForbidden = 403;

[[noreturn]] void fail_forbidden(const std::string& what) {
  throw base::ConfigError(fmt::format("you may not {}; the ClusterRole pratique-explain gives the right", what));
}

class ClusterReports final : public StoredReports {
 public:
  ClusterReports(kubernetes::ApiClient& client, std::string ns) : client_(client), ns_(std::move(ns)) {}

  std::vector<StoredManifest> find(const WantedImage& image) override {
    std::set<StoredManifest> manifests;
    try {
      client_.list(
          crds::kImageScan, {.ns = ns_, .label_selector = {}, .field_selector = {}},
          [&](const json& item) { collect(image, item.get<crds::ImageScan>(), manifests); }, [&] { manifests.clear(); },
          {});
    } catch (const kubernetes::ApiError& error) {
      if (error.status() != kForbidden) throw;
      fail_forbidden("list ImageScans in " + (ns_.empty() ? "all namespaces" : "namespace " + ns_));
    }
    return {manifests.begin(), manifests.end()};
  }

  ScanResult read(const WantedImage& image, const StoredManifest& manifest) override {
    const std::optional<crds::ImageReport> report = report_of(manifest);
    if (!report) {
      throw base::ConfigError(
          fmt::format("{} ({}) has no report yet: kubectl get imagescans", image.written(), manifest.digest));
    }
    if (!report->spec.database_generation) {
      throw base::ConfigError(
          fmt::format("{} was read, and no advisory database was asked about it yet: "
                      "kubectl describe vulnerabilitydatabase default",
                      image.written()));
    }
    ScanResult result{.image = image.written(),
                      .inventory = scanner::parse_inventory(crds::unpack_json(report->spec.inventory)),
                      .complete = report->spec.complete,
                      .database = database_of(*report->spec.database_generation)};
    for (const crds::ReportRow& row : crds::unpack_report_rows(report->spec.vulnerabilities)) {
      result.vulnerabilities.push_back(vulnerability_of(row));
    }
    for (const crds::ReportWarning& warning : report->spec.warnings) {
      result.warnings.push_back({.reason = warning.reason,
                                 .path = warning.path,
                                 .message = warning.message,
                                 .count = static_cast<std::size_t>(warning.count),
                                 .makes_incomplete = !result.complete});
    }
    return result;
  }

 private:
  static void collect(const WantedImage& image, const crds::ImageScan& scan, std::set<StoredManifest>& into) {
    const bool whole = image.is_called(scan.status.image) || image.has_digest(scan.status.digest);
    for (const crds::ScannedPlatform& platform : scan.status.platforms) {
      if (whole || image.has_digest(platform.digest)) into.insert({platform.digest, platform.platform});
    }
  }

  std::optional<crds::ImageReport> report_of(const StoredManifest& manifest) {
    const std::optional<base::Digest> digest = base::Digest::parse(manifest.digest);
    if (!digest) return std::nullopt;
    try {
      const auto object = client_.get(crds::kImageReport, {.ns = {}, .name = crds::image_report_name(*digest)});
      return object ? std::optional(object->get<crds::ImageReport>()) : std::nullopt;
    } catch (const kubernetes::ApiError& error) {
      if (error.status() != kForbidden) throw;
      fail_forbidden("read ImageReports");
    }
  }

  kubernetes::ApiClient& client_;
  std::string ns_;
};

}  // namespace

std::unique_ptr<StoredReports> make_cluster_reports(kubernetes::ApiClient& client, std::string ns) {
  return std::make_unique<ClusterReports>(client, std::move(ns));
}

}  // namespace cli
