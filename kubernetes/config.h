// Where the API server is and who we are: from a pod's mounted account, or from a kubeconfig.
#pragma once

#include <memory>
#include <string>

#include "net/http_client.h"

namespace kubernetes {

// Immutable after loading, but for the token file, which is read again every minute by the client.
struct Config {
  net::Url server;
  net::TlsSettings tls;
  std::string token;       // bearer token; empty when token_file or a client certificate is used
  std::string token_file;  // read again when older than a minute
  std::string ns;          // of the context or of the pod; "default" where neither says
};

// The mounted service account and KUBERNETES_SERVICE_{HOST,PORT}. Throws base::ConfigError outside a pod.
[[nodiscard]] Config load_in_cluster_config();

// A kubeconfig file (client certificates, tokens, token files, CA as data or file; exec plugins are not supported and
// say so). An empty `context` means current-context. Throws base::ConfigError that names file and entry.
[[nodiscard]] Config load_kubeconfig(const std::string& path, const std::string& context);

// --kubeconfig, else KUBECONFIG (its first existing file), else in-cluster, else ~/.kube/config.
[[nodiscard]] Config load_config(const std::string& kubeconfig_flag);

}  // namespace kubernetes
