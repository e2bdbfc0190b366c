// The advisory database that a registry publishes (spec.bundle of VulnerabilityDatabase): fetched where its reference
// means another one than before, without the chunks that the one before has.
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "crds/vulnerability_database.h"
#include "kubernetes/api_client.h"
#include "operator/reconcilers/registry_resolver.h"

namespace pratique_operator::reconcilers {

// How often the registry is asked what the reference means: a few hundred bytes.
inline constexpr std::chrono::minutes kBundlePoll{5};

struct FetchedDatabase {
  std::string path;
  std::string reference;  // "registry/name@sha256:...": what it was fetched by can be fetched again
};

// One worker.
class DatabaseBundles {
 public:
  struct Surroundings {
    kubernetes::ApiClient& api;  // borrowed, as is the clock
    const base::Clock& clock;
    std::function<ScanRegistries()> registries;
    ProviderCredential provider_credential;
    std::string operator_namespace;  // of the pull Secrets
  };
  // `folder` is ours alone; it holds the last one that was fetched.
  DatabaseBundles(std::string folder, Surroundings surroundings)
      : folder_(std::move(folder)), with_(std::move(surroundings)) {}

  // The file, whose signature nobody has looked at yet. Throws base::ConfigError that names the reference
  // and what went wrong; what was fetched before stays.
  [[nodiscard]] FetchedDatabase file_of(const crds::DatabaseBundle& bundle, const std::stop_token& stop);

 private:
  [[nodiscard]] FetchedDatabase fetch(const crds::DatabaseBundle& bundle, const std::stop_token& stop);
  [[nodiscard]] std::unique_ptr<registry::ImageSource> source_of(const crds::DatabaseBundle& bundle,
                                                                 const std::stop_token& stop);

  std::string folder_;
  Surroundings with_;
  std::string reference_;  // of the file below
  FetchedDatabase file_;   // with an empty path: nothing was fetched
  base::SteadyTime next_look_{};
};

}  // namespace pratique_operator::reconcilers
