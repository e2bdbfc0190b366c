// Which plugins tell how images are pulled: a kubelet's CredentialProviderConfig (kubelet.config.k8s.io/v1), so that
// the file of a cluster's nodes is also ours.
// https://kubernetes.io/docs/tasks/administer-cluster/kubelet-credential-provider/
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pratique_operator::credential_plugins {

inline constexpr std::size_t kPluginsMax = 16;

struct PluginConfig {
  std::string name;                               // of the program, too
  std::string api_version;                        // of its messages
  std::vector<std::string> match_images;          // as a kubelet matches them: registry::matching_credentials()
  std::chrono::seconds default_cache_duration{};  // where an answer does not say
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  // beside our own
};

// Throws base::ConfigError that begins with `file` and names the provider and the field, also for what a kubelet could
// and we cannot do: tokens of a pod's service account.
[[nodiscard]] std::vector<PluginConfig> parse_plugin_config(std::string_view yaml, const std::string& file);

}  // namespace pratique_operator::credential_plugins
