// The webhook's own handler behind its own listener, deciding from reports that a file holds: our side of the admission
// benchmarks. Usage: bench_admission_server FIXTURE.json CERTIFICATE.pem KEY.pem [MORE_REPORTS]; prints its port and
// serves until killed. MORE_REPORTS of 50 findings each, of 20,000 distinct ones, stand in the snapshot besides.
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "admission/cluster_view.h"
#include "admission/limits.h"
#include "admission/webhook.h"
#include "base/file.h"
#include "base/log.h"
#include "crds/image_report.h"
#include "crds/image_scan.h"
#include "crds/object_names.h"
#include "crds/report_rows.h"

namespace {

using nlohmann::json;

constexpr std::size_t kFixtureBytesMax = std::size_t{256} << 20;
constexpr const char* kNamespace = "shop";
constexpr std::size_t kRowsAReport = 50;
constexpr std::size_t kDistinctRows = 20'000;
constexpr const char* kRepository = "registry.example:5000/shop/app";

// Gives the view whole lists of objects, as watches would.
class Lists {
 public:
  explicit Lists(admission::ClusterView& view) : watched_(view.watched()) {}

  void give(const std::string& kind, const std::vector<json>& objects) const {
    give_each(kind, objects.size(), [&](std::size_t index) { return objects[index]; });
  }
  // Objects that are made one by one, so that they are not all there at once.
  void give_each(const std::string& kind, std::size_t count, const std::function<json(std::size_t)>& make) const {
    for (const admission::ClusterView::Watched& one : watched_) {
      if (one.type.kind != kind) continue;
      one.on_event({.type = kubernetes::ObjectEventType::kInit, .object = {}});
      for (std::size_t index = 0; index < count; ++index) {
        one.on_event({.type = kubernetes::ObjectEventType::kInitApply, .object = make(index)});
      }
      one.on_event({.type = kubernetes::ObjectEventType::kInitDone, .object = {}});
    }
  }
  void give_nothing_to_the_rest(const std::vector<std::string>& unsynced) const {
    for (const std::string& kind : unsynced) give(kind, {});
  }

 private:
  std::vector<admission::ClusterView::Watched> watched_;
};

crds::ReportRow row_of(const json& from) {
  crds::ReportRow row;
  row.id = from.at("id");
  row.aliases = from.at("aliases").get<std::vector<std::string>>();
  row.package_type = "npm";
  row.package = from.at("package");
  row.installed = from.at("installed");
  row.fixed = from.at("fixed");
  row.severity = crds::parse_severity(from.at("severity").get<std::string>()).value_or(crds::Severity::kUnknown);
  row.purls = {"pkg:npm/" + row.package + "@" + row.installed};
  return row;
}

json make_report(const base::Digest& digest, std::string packed_rows) {
  crds::ImageReport report;
  report.spec.digest = digest.text();
  report.metadata.name = crds::image_report_name(digest);
  report.spec.platform = "linux/amd64";
  report.spec.complete = true;
  report.spec.database_generation = 1;
  report.spec.vulnerabilities = std::move(packed_rows);
  return report;
}

json report_of(const json& from) {
  std::vector<crds::ReportRow> rows;
  for (const json& row : from.at("rows")) rows.push_back(row_of(row));
  return make_report(base::Digest::parse(from.at("digest").get<std::string>()).value(), crds::pack_report_rows(rows));
}

// Images share base images: one of these stands in many reports.
std::vector<std::string> packed_row_sets() {
  std::vector<std::string> sets;
  for (std::size_t set = 0; set < kDistinctRows / kRowsAReport; ++set) {
    std::vector<crds::ReportRow> rows(kRowsAReport);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const std::string number = std::to_string(set * kRowsAReport + row);
      rows[row].id = "CVE-2025-" + number;
      rows[row].aliases = {"DEBIAN-CVE-2025-" + number};
      rows[row].package_type = "deb";
      rows[row].package = "package-" + number;
      rows[row].installed = "1.0-1+deb12u" + number;
      rows[row].severity = crds::Severity::kMedium;
      rows[row].purls = {"pkg:deb/debian/package-" + number + "@1.0-1?arch=amd64&distro=debian-12"};
    }
    sets.push_back(crds::pack_report_rows(rows));
  }
  return sets;
}

// The namespace's own ImageScan of the image, so that a denial may list its findings.
json scan_of(const json& report) {
  const std::string digest = report.at("digest");
  crds::ImageScan scan;
  scan.spec.image = std::string(kRepository) + "@" + digest;
  scan.metadata.ns = kNamespace;
  scan.metadata.name = crds::image_scan_name(base::parse_image_reference(scan.spec.image));
  scan.metadata.generation = 1;
  scan.status.observed_generation = 1;
  scan.status.image = scan.spec.image;
  scan.status.digest = digest;
  scan.status.resolved_at = "2026-01-31T08:00:00Z";
  scan.status.platforms = {{"linux/amd64", digest, ""}};
  return scan;
}

json exception_of(const json& from) {
  json vulnerabilities = json::array();
  for (const json& id : from.at("ids")) vulnerabilities.push_back({{"id", id}, {"status", "accepted"}});
  return {{"metadata", {{"name", from.at("name")}, {"namespace", kNamespace}}},
          {"spec", {{"vulnerabilities", vulnerabilities}, {"reason", "known"}, {"expiresAt", from.at("expiresAt")}}}};
}

void give_reports(const Lists& lists, const json& reports, std::size_t more) {
  const std::vector<std::string> sets = more == 0 ? std::vector<std::string>() : packed_row_sets();
  lists.give_each("ImageReport", reports.size() + more, [&](std::size_t index) {
    if (index < reports.size()) return report_of(reports[index]);
    return make_report(base::Digest::of(std::to_string(index)), sets[index % sets.size()]);
  });
}

void fill(admission::ClusterView& view, const json& fixture, std::size_t more_reports) {
  const Lists lists(view);
  std::vector<json> scans;
  std::vector<json> exceptions;
  for (const json& report : fixture.at("reports")) scans.push_back(scan_of(report));
  for (const json& exception : fixture.at("exceptions")) exceptions.push_back(exception_of(exception));
  const json policy{{"metadata", {{"name", fixture.at("policy").at("name")}}},
                    {"spec", {{"mode", "Deny"}, {"rules", fixture.at("policy").at("rules")}}}};
  give_reports(lists, fixture.at("reports"), more_reports);
  lists.give("ImageScan", scans);
  lists.give("FindingException", exceptions);
  lists.give("ClusterScanPolicy", {policy});
  lists.give("Namespace", {{{"metadata", {{"name", kNamespace}}}}});
  lists.give_nothing_to_the_rest(view.unsynced());
}

void serve(const std::vector<std::string>& files, std::size_t more_reports) {
  admission::ClusterView view;
  fill(view, json::parse(base::read_file(files[0], kFixtureBytesMax)), more_reports);
  const base::RealClock clock;
  net::Metrics metrics;
  // Allowed requests are logged too: the other side does so.
  base::set_log_level(base::LogLevel::kDebug);
  net::ServerSettings settings{.name = "bench",
                               .address = "127.0.0.1",
                               .port = 0,
                               .threads = 1,
                               .limits = {},
                               .tls = std::make_shared<const net::ServerTls>(
                                   net::ServerTls{.certificate_chain_pem = base::read_file(files[1], kFixtureBytesMax),
                                                  .key_pem = base::read_file(files[2], kFixtureBytesMax),
                                                  .client_ca_pem = {}})};
  settings.limits.body_bytes_max = admission::kReviewBytesMax;
  settings.reserves_room = true;
  admission::Webhook webhook({.view = view,
                              .clock = clock,
                              .metrics = metrics,
                              .kinds = policy::kubernetes_workload_kinds(),
                              .ask_for_scan = [](const admission::ScanWish&) { return true; }});
  const auto server = net::make_http_server(settings, webhook.handler());
  std::printf("%d\n", server->port());
  std::fflush(stdout);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  int signal = 0;
  sigwait(&signals, &signal);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::fprintf(stderr, "usage: bench_admission_server FIXTURE.json CERTIFICATE.pem KEY.pem [MORE_REPORTS]\n");
    return 2;
  }
  try {
    serve({argv + 1, argv + 4}, argc == 5 ? std::stoul(argv[4]) : 0);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_admission_server: %s\n", error.what());
    return 1;
  }
}
