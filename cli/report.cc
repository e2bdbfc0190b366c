// pratique report: what a cluster knows of an image that it has scanned, in every form that a scan can be written in.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "cli/image_opening.h"
#include "cli/image_scan.h"
#include "cli/output/formats.h"
#include "cli/stored_reports.h"
#include "cli/verbs.h"
#include "kubernetes/config.h"

namespace cli {
namespace {

// The one that was asked for; the only one; this machine's.
StoredManifest chosen(const std::vector<StoredManifest>& manifests, const std::string& wanted,
                      const WantedImage& image) {
  if (manifests.size() == 1 && wanted.empty()) return manifests.front();
  const std::string text = wanted.empty() ? own_platform() : wanted;
  const registry::Platform platform = registry::parse_platform(text);
  std::vector<std::string> known;
  std::vector<StoredManifest> fitting;
  for (const StoredManifest& manifest : manifests) {
    known.push_back(manifest.platform);
    if (registry::runs_on(registry::parse_platform(manifest.platform), platform)) fitting.push_back(manifest);
  }
  if (fitting.size() > 1) {
    throw base::ConfigError(fmt::format("{} means more than one image: name one by its digest, {} or {}",
                                        image.written(), fitting[0].digest, fitting[1].digest));
  }
  if (fitting.empty()) {
    throw base::ConfigError(fmt::format("{} was not scanned for {}: choose by --platform among {}", image.written(),
                                        text, fmt::join(known, ", ")));
  }
  return fitting.front();
}

ScanResult read_report(StoredReports& reports, const ReportCommand& command) {
  const WantedImage image(command.image);
  const std::vector<StoredManifest> manifests = reports.find(image);
  if (manifests.empty()) {
    throw base::ConfigError(fmt::format("nobody has scanned {} {}", base::escape_text(command.image, 300),
                                        command.server.empty() && !command.all_namespaces
                                            ? "in this namespace: -n names another one, -A looks into all"
                                            : "in this cluster: kubectl get imagescans -A tells what was"));
  }
  return reports.read(image, chosen(manifests, command.platform, image));
}

ScanResult read_anywhere(const ReportCommand& command) {
  if (!command.server.empty()) {
    const auto http = net::make_http_client();
    return read_report(*make_served_reports(*http, net::parse_url(command.server)), command);
  }
  const auto config = std::make_shared<const kubernetes::Config>(kubernetes::load_config(command.kubeconfig));
  const auto client = kubernetes::make_api_client(config);
  const std::string ns = command.ns.empty() ? config->ns : command.ns;
  return read_report(*make_cluster_reports(*client, command.all_namespaces ? "" : ns), command);
}

}  // namespace

ExitCode run(const ReportCommand& command, const Console& console) {
  const ScanResult result = read_anywhere(command);
  fmt::print(console.out, "{}", output::write_result(result, command.output));
  return finish_scan(result, command.fail_on, console);
}

}  // namespace cli
