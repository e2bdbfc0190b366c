// pratique-operator: every replica watches the cluster and receives registry events; the one that holds the Lease
// reconciles.
#include <pthread.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <random>
#include <stop_token>
#include <thread>

#include "base/clock.h"
#include "base/cold_file.h"
#include "base/error.h"
#include "base/log.h"
#include "kubernetes/api_client.h"
#include "kubernetes/event_recorder.h"
#include "kubernetes/leader_client.h"
#include "kubernetes/lease.h"
#include "net/health.h"
#include "net/http_server.h"
#include "net/metrics.h"
#include "net/proxy.h"
#include "operator/config.h"
#include "operator/credential_plugins/credential_plugins.h"
#include "operator/event_receiver.h"
#include "operator/leader.h"
#include "operator/reconcilers/event_scan_requests.h"
#include "operator/reconcilers/resolution_requests.h"
#include "operator/reconcilers/scanner_client.h"
#include "operator/reconcilers/service_certificates.h"
#include "operator/report_api/report_documents.h"
#include "operator/store_report_source.h"
#include "operator/watches.h"

namespace {

using namespace pratique_operator;

constexpr std::chrono::milliseconds kGrace{5'000};
// What an API server refused once it may refuse for long.
constexpr std::chrono::milliseconds kAskAgainMin{1'000};
constexpr std::chrono::milliseconds kAskAgainMax{300'000};

// SIGTERM and SIGINT arrive in a thread of their own. Blocked before the first thread starts, so that none takes them.
class StopSignal {
 public:
  StopSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    waiter_ = std::jthread([this](const std::stop_token& stop) { wait(stop); });
  }
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  void wait(const std::stop_token& stop) {
    constexpr timespec kLook{.tv_sec = 0, .tv_nsec = 100'000'000};
    while (!stop.stop_requested() && !source_.stop_requested()) {
      if (sigtimedwait(&signals_, nullptr, &kLook) > 0) {
        source_.request_stop();
      }
    }
  }

  sigset_t signals_{};
  std::stop_source source_;
  std::jthread waiter_;
};

std::string host_name() {
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  return host;
}

std::string unique_identity() {
  std::random_device random;
  return host_name() + "_" + std::to_string(random()) + std::to_string(random());
}

std::unique_ptr<net::HttpServer> listen_plain(const char* name, int port, const net::Handler& handler) {
  return net::make_http_server(
      {.name = name, .address = "0.0.0.0", .port = port, .threads = 1, .limits = {}, .tls = nullptr}, handler);
}

net::TlsSettings scanner_tls(const reconcilers::ServiceIdentity& identity) {
  return {.ca_bundle_pem = identity.ca_pem,
          .client_certificate_pem = identity.leaf.certificate_pem,
          .client_key_pem = identity.leaf.key_pem};
}

// Where there is no room for it, the operator needs more memory, and nothing else.
std::unique_ptr<base::ColdFile> open_cold_file(const std::string& directory) {
  constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 30;  // some 150,000 reports
  try {
    return std::make_unique<base::ColdFile>(directory, kBytesMax);
  } catch (const base::ConfigError& error) {
    base::log(base::LogLevel::kWarning, "all reports stay in memory: --state-dir cannot be written",
              {{"error", std::string_view(error.what())}});
    return nullptr;
  }
}

// Everything that runs on each replica. Members in start order; what was started last ends first.
class Replica {
 public:
  Replica(const Config& config, const std::shared_ptr<kubernetes::ApiClient>& client, const std::string& ns,
          net::Metrics& metrics, std::stop_token stop)
      : stop_(std::move(stop)),
        events_told_(client, {.controller = "pratique.dev/operator", .instance = host_name()}, &metrics),
        watches_(client, clock_, open_cold_file(config.state_dir)),
        scanners_(config.scanners),
        resolution_requests_(watches_.scans(), *client, clock_),
        resolution_request_controller_({.name = "resolution_request",
                                        .workers = 1,
                                        .backoff = {.delay_min = kAskAgainMin, .delay_max = kAskAgainMax},
                                        .on_error = {}},
                                       resolution_requests_, clock_, metrics),
        requests_({.registries = watches_.registries(),
                   .scans = watches_.scans(),
                   .index = watches_.index(),
                   .api = *client,
                   .clock = clock_,
                   .events = events_told_,
                   .operator_namespace = ns,
                   .ask_later =
                       [this](const kubernetes::ObjectKey& scan) {
                         resolution_request_controller_.enqueue_after(scan, kAskAgainMin);
                       }}),
        events_({.address = config.events_address, .port = config.events_port, .tls_dir = config.events_tls_dir},
                requests_, metrics, clock_),
        certificates_({.api = *client,
                       .clock = clock_,
                       .metrics = metrics,
                       .ns = ns,
                       .more_names = config.tls_names,
                       .on_identity = [this](const reconcilers::ServiceIdentity& identity) { take(identity); }}),
        certificate_controller_({.name = "service_certificates", .workers = 1, .backoff = {}, .on_error = {}},
                                certificates_, clock_, metrics),
        health_(listen_plain("health", config.health_port,
                             net::make_health_handler([this] { return not_ready_because(); }, metrics))),
        metrics_(listen_plain("metrics", config.metrics_port,
                              net::make_health_handler([this] { return not_ready_because(); }, metrics))),
        report_source_(watches_) {
    certificate_controller_.enqueue({.ns = ns, .name = reconcilers::kOperatorTlsSecret});
    certificate_controller_.start();
    resolution_request_controller_.start();
    if (config.report_api_port != 0) {
      reports_ =
          report_api::make_report_listener(config.report_api_port, [this](const report_api::ReportQuestion& question) {
            return report_api::answer_report(report_source_, question);
          });
    }
  }

  [[nodiscard]] Watches& watches() { return watches_; }
  [[nodiscard]] reconcilers::ScannerClient& scanners() { return scanners_; }
  [[nodiscard]] const base::Clock& clock() const { return clock_; }
  [[nodiscard]] kubernetes::EventSink& events_told() { return events_told_; }

  // Events first: what was accepted is stored, and the sender tries the other replica with the rest.
  void stop() {
    events_.stop(kGrace);
    reports_.reset();
    resolution_request_controller_.stop();
    certificate_controller_.stop();
    metrics_->stop(kGrace);
    health_->stop(kGrace);
  }

 private:
  [[nodiscard]] std::string not_ready_because() const {
    if (stop_.stop_requested()) {
      return "stopping";
    }
    const std::string kinds = watches_.unsynced();
    return kinds.empty() ? "" : "not listed yet: " + kinds;
  }

  void take(const reconcilers::ServiceIdentity& identity) {
    scanners_.set_tls(scanner_tls(identity));
    events_.set_certificate(identity.leaf);
  }

  base::RealClock clock_;
  std::stop_token stop_;
  kubernetes::EventRecorder events_told_;
  Watches watches_;
  reconcilers::ScannerClient scanners_;
  reconcilers::ResolutionRequestReconciler resolution_requests_;
  controller::Controller resolution_request_controller_;
  reconcilers::EventScanRequests requests_;
  EventReceiver events_;
  reconcilers::ServiceCertificatesReconciler certificates_;
  controller::Controller certificate_controller_;
  std::unique_ptr<net::HttpServer> health_;
  std::unique_ptr<net::HttpServer> metrics_;
  StoreReportSource report_source_;
  std::unique_ptr<report_api::ReportListener> reports_;
};

// In client-go's proportions: 15 s, 10 s and 2 s.
kubernetes::LeaseSettings lease_settings(const Config& config, const std::string& ns) {
  const std::chrono::milliseconds duration = std::chrono::seconds(config.lease_seconds);
  return {.key = {.ns = ns, .name = config.lease_name},
          .identity = unique_identity(),
          .duration = duration,
          .renew_deadline = duration * 2 / 3,
          .retry_period = duration * 2 / 15};
}

// Leads whenever the Lease is held, until SIGTERM. A leader that lost its Lease ends, so that nothing it holds is
// stale.
int lead(const Config& config, const std::shared_ptr<kubernetes::ApiClient>& client, const std::string& ns,
         Replica& replica, net::Metrics& metrics, const std::stop_token& stop) {
  const LeaderSettings settings{.database = {.path = config.database,
                                             .keys = config.database_keys,
                                             .installed = config.state_dir,
                                             .fetched = config.state_dir + "/fetched"},
                                .operator_namespace = ns,
                                .scan_workers = config.scan_workers,
                                .minimum_severity = config.minimum_severity,
                                .policy_reports = config.policy_reports};
  const auto plugins =
      credential_plugins::load_plugins(config.credential_plugins, config.credential_plugins_folder, replica.clock());
  kubernetes::LeaderElection election(client, lease_settings(config, ns), &metrics);
  kubernetes::LeaderClient leader_client(*client, [&election] { return election.holds_lease(); });
  const kubernetes::LeaseEnd end = election.run(
      [&](const std::stop_token& lost) {
        Leader leader(settings, {.watches = replica.watches(),
                                 .api = leader_client,
                                 .scanners = replica.scanners(),
                                 .clock = replica.clock(),
                                 .metrics = metrics,
                                 .events = replica.events_told(),
                                 .credential_plugins = plugins.get()});
        leader.run(lost);
      },
      stop);
  return end == kubernetes::LeaseEnd::kLost ? 1 : 0;
}

int run(const Config& config) {
  base::set_log_level(config.log_level);
  net::announce_environment_proxies();
  const StopSignal stop_signal;
  const auto cluster = std::make_shared<const kubernetes::Config>(kubernetes::load_config(config.kubeconfig));
  const std::string ns = config.ns.empty() ? cluster->ns : config.ns;
  net::Metrics metrics;
  const std::shared_ptr<kubernetes::ApiClient> client = kubernetes::make_api_client(cluster, &metrics);
  Replica replica(config, client, ns, metrics, stop_signal.token());
  base::log(base::LogLevel::kInfo, "started", {{"version", PRATIQUE_VERSION}, {"namespace", ns}});
  const int exit_code = lead(config, client, ns, replica, metrics, stop_signal.token());
  replica.stop();
  base::log(base::LogLevel::kInfo, "stopped", {{"exit_code", static_cast<std::int64_t>(exit_code)}});
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Pratique's operator: turns pushes and workloads into scans, reports and findings.",
               "pratique-operator"};
  pratique_operator::Options options;
  pratique_operator::declare_options(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    return run(pratique_operator::config_of(options));
  } catch (const base::Error& error) {
    std::fprintf(stderr, "pratique-operator: %s\n", error.what());
    return 1;
  }
}
