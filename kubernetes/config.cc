#include "kubernetes/config.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "kubernetes/kubeconfig.h"
#include "kubernetes/limits.h"

namespace kubernetes {
namespace {

constexpr const char* kAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool in_cluster() {
  return !environment("KUBERNETES_SERVICE_HOST").empty();
}

// The first file of the colon-separated list that exists, or empty.
std::string first_existing(std::string_view list) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(':'), list.size());
    const std::string path(list.substr(0, end));
    if (!path.empty() && std::filesystem::exists(path)) return path;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return {};
}

}  // namespace

Config load_in_cluster_config() {
  const std::string host = environment("KUBERNETES_SERVICE_HOST");
  const std::string port = environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    throw base::ConfigError(
        "not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; name a kubeconfig");
  }
  const std::string folder = kAccountFolder;
  Config config;
  try {
    const bool numeric_v6 = host.find(':') != std::string::npos;
    config.server = net::parse_url("https://" + (numeric_v6 ? "[" + host + "]" : host) + ":" + port);
  } catch (const base::ParseError& error) {
    throw base::ConfigError(std::string("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT: ") + error.what());
  }
  config.tls.ca_bundle_pem = base::read_file(folder + "/ca.crt", kCertificateBytesMax);
  config.token_file = folder + "/token";
  config.ns = base::read_file(folder + "/namespace", 256);
  while (!config.ns.empty() && config.ns.back() == '\n') config.ns.pop_back();
  return config;
}

Config load_kubeconfig(const std::string& path, const std::string& context) {
  return parse_kubeconfig(base::read_file(path, kKubeconfigBytesMax), path, context);
}

Config load_config(const std::string& kubeconfig_flag) {
  if (!kubeconfig_flag.empty()) return load_kubeconfig(kubeconfig_flag, {});
  const std::string list = environment("KUBECONFIG");
  if (!list.empty()) {
    const std::string path = first_existing(list);
    if (path.empty()) throw base::ConfigError("KUBECONFIG: no file of \"" + list + "\" exists");
    return load_kubeconfig(path, {});
  }
  if (in_cluster()) return load_in_cluster_config();
  const std::string home = environment("HOME");
  const std::string path = home + "/.kube/config";
  if (home.empty() || !std::filesystem::exists(path)) {
    throw base::ConfigError("no cluster is named: set --kubeconfig or KUBECONFIG, or run in a pod");
  }
  return load_kubeconfig(path, {});
}

}  // namespace kubernetes
