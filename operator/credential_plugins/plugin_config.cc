#include "operator/credential_plugins/plugin_config.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "crds/duration.h"
#include "kubernetes/yaml.h"
#include "net/json.h"

namespace pratique_operator::credential_plugins {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> kMessageVersions = {"credentialprovider.kubelet.k8s.io/v1",
                                                              "credentialprovider.kubelet.k8s.io/v1beta1",
                                                              "credentialprovider.kubelet.k8s.io/v1alpha1"};

// One provider of the file, and where it stands for messages.
class ProviderReader {
 public:
  ProviderReader(const json& provider, std::string place) : provider_(provider), place_(std::move(place)) {}

  [[nodiscard]] PluginConfig read() const {
    PluginConfig config{.name = net::text_at(provider_, "name"),
                        .api_version = net::text_at(provider_, "apiVersion"),
                        .match_images = texts("matchImages"),
                        .default_cache_duration = duration("defaultCacheDuration"),
                        .arguments = texts("args"),
                        .environment = {}};
    // The name is a file's name in a folder of ours, and not a way out of it.
    if (config.name.empty() || config.name.find('/') != std::string::npos || config.name.starts_with('.')) {
      refuse("name: the name of a program is required");
    }
    if (std::ranges::find(kMessageVersions, config.api_version) == kMessageVersions.end()) {
      refuse("apiVersion: one of credentialprovider.kubelet.k8s.io/v1, v1beta1 and v1alpha1 is required");
    }
    if (config.match_images.empty()) refuse("matchImages: at least one is required");
    if (provider_.contains("tokenAttributes")) {
      refuse("tokenAttributes: tokens of a pod's service account are not supported");
    }
    for (const json& variable : net::list_at(provider_, "env")) {
      config.environment.emplace_back(net::text_at(variable, "name"), net::text_at(variable, "value"));
      if (config.environment.back().first.empty()) refuse("env: each needs a name");
    }
    return config;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const { throw base::ConfigError(place_ + ": " + why); }

  [[nodiscard]] std::vector<std::string> texts(const char* field) const {
    std::vector<std::string> texts;
    for (const json& one : net::list_at(provider_, field)) {
      if (!one.is_string()) refuse(std::string(field) + ": every element must be a text");
      texts.push_back(one.get<std::string>());
    }
    return texts;
  }

  [[nodiscard]] std::chrono::seconds duration(const char* field) const {
    const std::optional<std::chrono::seconds> value = crds::parse_duration(net::text_at(provider_, field));
    if (!value) refuse(std::string(field) + ": a duration such as 12h or 10m0s is required");
    return *value;
  }

  const json& provider_;
  std::string place_;
};

json document_of(std::string_view yaml, const std::string& file) {
  try {
    std::vector<json> documents = kubernetes::parse_yaml(yaml, file, {.scalars = kubernetes::YamlScalars::kText});
    if (documents.size() == 1) return std::move(documents.front());
  } catch (const base::ParseError& error) {
    throw base::ConfigError(error.what());
  }
  throw base::ConfigError(file + ": one document, a CredentialProviderConfig, is expected");
}

}  // namespace

std::vector<PluginConfig> parse_plugin_config(std::string_view yaml, const std::string& file) {
  const json document = document_of(yaml, file);
  if (net::text_at(document, "kind") != "CredentialProviderConfig" ||
      !net::text_at(document, "apiVersion").starts_with("kubelet.config.k8s.io/")) {
    throw base::ConfigError(file + ": not a CredentialProviderConfig of kubelet.config.k8s.io");
  }
  const json& providers = net::list_at(document, "providers");
  if (providers.empty() || providers.size() > kPluginsMax) {
    throw base::ConfigError(file + ": providers: 1 to 16 are expected");
  }
  std::vector<PluginConfig> configs;
  for (std::size_t i = 0; i < providers.size(); ++i) {
    const std::string name = base::escape_text(net::text_at(providers[i], "name"), 100);
    configs.push_back(
        ProviderReader(providers[i], file + ": providers[" + std::to_string(i) + "] \"" + name + "\"").read());
  }
  return configs;
}

}  // namespace pratique_operator::credential_plugins
