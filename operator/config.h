// The operator's settings, from the command line.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "crds/metadata.h"
#include "net/http.h"
#include "operator/reconcilers/policy_report.h"

namespace CLI {
class App;
}

namespace pratique_operator {

struct Config {
  std::string kubeconfig;  // empty: KUBECONFIG, then the pod's account
  std::string ns;          // of the Lease and the Secrets; empty: the pod's
  std::string database;
  std::string database_keys;  // folder; empty: keys made on this machine
  std::string state_dir;      // ours alone: verified copies of the database, a file of reports
  std::vector<net::Url> scanners;
  std::string events_address;
  int events_port = 8443;
  std::string events_tls_dir;          // tls.crt and tls.key; empty: a leaf of the operator's own authority
  std::vector<std::string> tls_names;  // further names in the leaves of that authority
  int metrics_port = 8080;
  int health_port = 8081;
  int report_api_port = 8090;  // 0: off
  std::string lease_name;
  int lease_seconds = 15;
  int scan_workers = 4;
  std::string credential_plugins;         // file: a kubelet's CredentialProviderConfig; empty: none
  std::string credential_plugins_folder;  // of its programs
  crds::Severity minimum_severity = crds::Severity::kMedium;
  reconcilers::ReportFormat policy_reports = reconcilers::ReportFormat::kNone;
  base::LogLevel log_level = base::LogLevel::kInfo;
};

// What the command line says, before it is read as settings.
struct Options {
  Config config;
  std::vector<std::string> scanners;
  std::string minimum_severity = "Medium";
  std::string policy_reports = "none";
  std::string log_level = "info";
};

// `options` must outlive the parsing.
void declare_options(CLI::App& app, Options& options);

// Throws base::ConfigError that names the flag.
[[nodiscard]] Config config_of(const Options& options);

}  // namespace pratique_operator
