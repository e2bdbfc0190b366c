// Credentials from plugins, as a kubelet gets them: what the nodes of a cluster may pull by who they are, the operator
// may pull as well.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/image_reference.h"
#include "operator/credential_plugins/plugin_config.h"
#include "operator/credential_plugins/plugin_messages.h"

namespace pratique_operator::credential_plugins {

// Answers that are remembered; when there are more, all are forgotten.
inline constexpr std::size_t kAnswersMax = 10'000;

class CredentialPlugins {
 public:
  // The programs are in `folder`. `clock` must outlive it.
  CredentialPlugins(std::vector<PluginConfig> configs, std::string folder, const base::Clock& clock);
  ~CredentialPlugins();

  struct Answer {
    registry::Keyring keyring;
    std::vector<std::string> failures;  // of plugins that were asked and have none, for a person
  };
  // Of all plugins whose matchImages match, in the order of the configuration; each is asked by one thread at a time.
  // Throws base::NetworkError on a stop request. Thread-safe.
  [[nodiscard]] Answer ask(const base::ImageReference& image, const std::stop_token& stop);

 private:
  class Plugin;
  std::vector<std::unique_ptr<Plugin>> plugins_;
};

// What the two command-line options name; null where neither is given. Throws base::ConfigError where one is missing,
// the file is not a configuration, or a program is not there.
[[nodiscard]] std::unique_ptr<CredentialPlugins> load_plugins(const std::string& config_file, const std::string& folder,
                                                              const base::Clock& clock);

}  // namespace pratique_operator::credential_plugins
