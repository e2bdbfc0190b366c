#include "operator/config.h"

#include <unistd.h>

#include <CLI/CLI.hpp>

#include <cstdlib>

#include "base/error.h"

namespace pratique_operator {
namespace {

constexpr int kPortMax = 65535;

void declare_cluster(CLI::App& app, Config& config) {
  app.add_option("--kubeconfig", config.kubeconfig, "kubeconfig file; default: KUBECONFIG, then the pod's account");
  app.add_option("--namespace", config.ns, "namespace of the Lease and the Secrets; default: the pod's");
  app.add_option("--lease-name", config.lease_name, "of the Lease by which replicas elect a leader")
      ->default_val("pratique-operator");
  app.add_option("--lease-seconds", config.lease_seconds,
                 "how long a leader that says nothing is waited for; all replicas must have the same")
      ->default_val(15)
      ->check(CLI::Range(2, 300));
}

void declare_scanning(CLI::App& app, Options& options) {
  Config& config = options.config;
  app.add_option("--database", config.database, "signed advisory database; looked at every 5 s");
  app.add_option("--database-keys", config.database_keys,
                 "folder of public keys whose databases are trusted; default: keys made on this machine");
  app.add_option("--state-dir", config.state_dir,
                 "folder for verified copies of the database and what need not stay in memory; default: "
                 "below TMPDIR");
  app.add_option("--scanner-url,--scanner", options.scanners,
                 "https://HOST:PORT of pratique-scanner: each address of each is one of them")
      ->delimiter(',')
      ->default_val(std::vector<std::string>{"https://pratique-scanner:8443"});
  app.add_option("--workers", config.scan_workers, "scans that are asked for at the same time")
      ->default_val(4)
      ->check(CLI::Range(1, 256));
  app.add_option("--minimum-severity", options.minimum_severity, "least severity that gets a Finding")
      ->capture_default_str()
      ->check(CLI::IsMember({"Unknown", "Low", "Medium", "High", "Critical"}));
  // Named as a kubelet names them.
  app.add_option("--image-credential-provider-config", config.credential_plugins,
                 "CredentialProviderConfig that names plugins for pulling images, as a kubelet has");
  app.add_option("--image-credential-provider-bin-dir", config.credential_plugins_folder,
                 "folder of the programs that it names");
  app.add_option("--policy-reports", options.policy_reports,
                 "group whose reports are written of the findings, too: none, wgpolicyk8s.io or openreports.io; "
                 "removed: none, and those that were written go")
      ->capture_default_str();
}

void declare_listeners(CLI::App& app, Config& config) {
  const auto port = [&](const char* name, int& value, int standard, const char* what) {
    app.add_option(name, value, what)->default_val(standard)->check(CLI::Range(0, kPortMax));
  };
  app.add_option("--events-address", config.events_address, "address of the event receiver")->default_val("0.0.0.0");
  port("--events-port", config.events_port, 8443, "of the event receiver, POST /events/<ScanRegistry>");
  app.add_option("--events-tls-dir", config.events_tls_dir,
                 "folder with tls.crt and tls.key of the event receiver; default: made by the operator");
  app.add_option("--tls-name", config.tls_names, "further name or address in the certificates that the operator makes");
  port("--metrics-port", config.metrics_port, 8080, "of /metrics");
  port("--health-port", config.health_port, 8081, "of /livez and /readyz");
  port("--report-api-port", config.report_api_port, 8090, "of the report API on 127.0.0.1; 0: off");
}

base::LogLevel log_level_of(const std::string& word) {
  if (word == "debug") {
    return base::LogLevel::kDebug;
  }
  if (word == "warning") {
    return base::LogLevel::kWarning;
  }
  return word == "error" ? base::LogLevel::kError : base::LogLevel::kInfo;
}

}  // namespace

void declare_options(CLI::App& app, Options& options) {
  app.set_version_flag("--version", std::string("pratique-operator ") + PRATIQUE_VERSION);
  declare_cluster(app, options.config);
  declare_scanning(app, options);
  declare_listeners(app, options.config);
  app.add_option("--log-level", options.log_level, "debug, info, warning or error")
      ->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
}

Config config_of(const Options& options) {
  Config config = options.config;
  for (const std::string& scanner : options.scanners) {
    config.scanners.push_back(net::parse_url(scanner));
    if (config.scanners.back().scheme != "https") {
      throw base::ConfigError("--scanner-url " + scanner + ": scanners are spoken to by https alone");
    }
  }
  config.minimum_severity = *crds::parse_severity(options.minimum_severity);
  config.policy_reports = reconcilers::parse_report_format(options.policy_reports);
  config.log_level = log_level_of(options.log_level);
  if (config.state_dir.empty()) {
    const char* folder = std::getenv("TMPDIR");
    config.state_dir =
        std::string(folder != nullptr ? folder : "/tmp") + "/pratique-operator-" + std::to_string(getuid());
  }
  return config;
}

}  // namespace pratique_operator
