#include "operator/credential_plugins/credential_plugins.h"

#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "operator/credential_plugins/program.h"

namespace pratique_operator::credential_plugins {
namespace {

constexpr std::size_t kConfigBytesMax = std::size_t{1} << 20;
// A program that hangs is waited for once in so long for each registry, and not by every image in turn.
constexpr std::chrono::minutes kFailureKept{1};

std::string key_of(CacheKey key, const base::ImageReference& image) {
  switch (key) {
    case CacheKey::kImage:
      return "image " + image.name();
    case CacheKey::kRegistry:
      return "registry " + image.host;
    case CacheKey::kGlobal:
      return "global";
  }
  CHECK(false);
}

}  // namespace

class CredentialPlugins::Plugin {
 public:
  Plugin(PluginConfig config, const std::string& folder, const base::Clock& clock)
      : config_(std::move(config)), path_(folder + "/" + config_.name), clock_(clock) {
    for (const std::string& location : config_.match_images)
      matches_.push_back({.location = location, .credential = {}});
  }

  [[nodiscard]] const std::string& name() const { return config_.name; }

  [[nodiscard]] bool matches(const base::ImageReference& image) const {
    return !registry::matching_credentials(matches_, image).empty();
  }

  // Throws what output_of() and parse_plugin_answer() throw. Who waits for another's question most often finds its
  // answer.
  [[nodiscard]] registry::Keyring ask(const base::ImageReference& image, const std::stop_token& stop) {
    const std::lock_guard lock(mutex_);
    if (const std::optional<registry::Keyring> known = remembered(image)) return *known;
    const auto failure = failures_.find(image.host);
    if (failure != failures_.end() && clock_.steady_now() < failure->second.until) {
      throw base::ConfigError(failure->second.message);
    }
    try {
      return answer_of_program(image, stop);
    } catch (const base::Error& error) {
      if (!stop.stop_requested()) remember_failure(image.host, error.what());
      throw;
    }
  }

 private:
  // Of a registry: what a plugin does not know of one says nothing of the others.
  struct Failure {
    std::string message;
    base::SteadyTime until;
  };
  void remember_failure(const std::string& host, std::string message) {
    if (failures_.size() >= kAnswersMax) failures_.clear();
    failures_[host] = {std::move(message), clock_.steady_now() + kFailureKept};
  }

  struct Remembered {
    registry::Keyring keyring;
    base::SteadyTime until;
  };

  [[nodiscard]] registry::Keyring answer_of_program(const base::ImageReference& image, const std::stop_token& stop) {
    const std::string text = output_of({.path = path_,
                                        .arguments = config_.arguments,
                                        .environment = config_.environment,
                                        .input = plugin_request(image.name(), config_.api_version)},
                                       stop);
    PluginAnswer answer = parse_plugin_answer(text, config_.api_version);
    const std::chrono::seconds duration = answer.cache_duration.value_or(config_.default_cache_duration);
    if (duration > std::chrono::seconds(0)) {
      if (answers_.size() >= kAnswersMax) answers_.clear();
      answers_[key_of(answer.cache_key, image)] = {answer.keyring, clock_.steady_now() + duration};
    }
    return std::move(answer.keyring);
  }

  [[nodiscard]] std::optional<registry::Keyring> remembered(const base::ImageReference& image) const {
    for (const CacheKey key : {CacheKey::kImage, CacheKey::kRegistry, CacheKey::kGlobal}) {
      const auto found = answers_.find(key_of(key, image));
      if (found != answers_.end() && clock_.steady_now() < found->second.until) return found->second.keyring;
    }
    return std::nullopt;
  }

  const PluginConfig config_;
  const std::string path_;
  const base::Clock& clock_;
  registry::Keyring matches_;

  std::mutex mutex_;
  std::map<std::string, Remembered> answers_;  // guarded by mutex_
  std::map<std::string, Failure> failures_;    // by registry; guarded by mutex_
};

CredentialPlugins::CredentialPlugins(std::vector<PluginConfig> configs, std::string folder, const base::Clock& clock) {
  for (PluginConfig& config : configs) plugins_.push_back(std::make_unique<Plugin>(std::move(config), folder, clock));
}

CredentialPlugins::~CredentialPlugins() = default;

CredentialPlugins::Answer CredentialPlugins::ask(const base::ImageReference& image, const std::stop_token& stop) {
  Answer all;
  for (const std::unique_ptr<Plugin>& plugin : plugins_) {
    if (!plugin->matches(image)) continue;
    try {
      const registry::Keyring keyring = plugin->ask(image, stop);
      all.keyring.insert(all.keyring.end(), keyring.begin(), keyring.end());
    } catch (const base::Error& error) {
      if (stop.stop_requested()) throw;
      all.failures.push_back("credential plugin " + plugin->name() + ": " + error.what());
    }
  }
  return all;
}

std::unique_ptr<CredentialPlugins> load_plugins(const std::string& config_file, const std::string& folder,
                                                const base::Clock& clock) {
  if (config_file.empty() && folder.empty()) return nullptr;
  if (config_file.empty() || folder.empty()) {
    throw base::ConfigError(
        "--image-credential-provider-config and --image-credential-provider-bin-dir need each other");
  }
  std::vector<PluginConfig> configs = parse_plugin_config(base::read_file(config_file, kConfigBytesMax), config_file);
  for (const PluginConfig& config : configs) {
    const std::string path = folder + "/" + config.name;
    if (access(path.c_str(), X_OK) != 0) {
      throw base::ConfigError(config_file + ": provider \"" + config.name + "\": there is no program " + path);
    }
  }
  return std::make_unique<CredentialPlugins>(std::move(configs), folder, clock);
}

}  // namespace pratique_operator::credential_plugins
