#include "operator/reconcilers/database_bundle.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/output_file.h"
#include "registry/artifact.h"
#include "registry/registry_client.h"
#include "scanner/advisories/database_artifact.h"

namespace pratique_operator::reconcilers {
namespace {

namespace fs = std::filesystem;
namespace advisories = scanner::advisories;

constexpr std::string_view kSuffix = ".bundle";

void make_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw base::ConfigError("making directory " + folder + ": " + error.message());
}

// What cannot be removed takes room and does no harm.
void remove_others(const fs::path& kept) {
  std::error_code error;
  std::vector<fs::path> others;
  for (fs::directory_iterator entry(kept.parent_path(), error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->path().extension() == kSuffix && entry->path() != kept) others.push_back(entry->path());
  }
  for (const fs::path& other : others) fs::remove(other, error);
}

}  // namespace

FetchedDatabase DatabaseBundles::file_of(const crds::DatabaseBundle& bundle, const std::stop_token& stop) {
  if (bundle.oci == reference_ && with_.clock.steady_now() < next_look_) return file_;
  try {
    file_ = fetch(bundle, stop);
  } catch (const base::Error& error) {
    throw base::ConfigError("fetching the database " + base::escape_text(bundle.oci) + ": " + error.what());
  }
  reference_ = bundle.oci;
  next_look_ = with_.clock.steady_now() + kBundlePoll;
  return file_;
}

// The file's name is the layer's digest: what is there need not be fetched again, by a new operator neither.
FetchedDatabase DatabaseBundles::fetch(const crds::DatabaseBundle& bundle, const std::stop_token& stop) {
  const auto source = source_of(bundle, stop);
  const registry::FoundArtifact found = registry::find_artifact(*source, advisories::kDatabaseLayerType, stop);
  const std::string path = folder_ + "/" + found.layer.digest.hex() + std::string(kSuffix);
  FetchedDatabase fetched{.path = path,
                          .reference = base::parse_image_reference(bundle.oci).name() + "@" + found.digest.text()};
  std::error_code error;
  if (fs::exists(path, error)) return fetched;
  make_folder(folder_);
  base::TemporaryFile file(path + ".fetching");
  registry::fetch_layer(*source, found.layer, file.path(), advisories::kDatabaseBytesMax, {}, stop);
  file.keep_as(path);
  remove_others(path);
  base::log(
      base::LogLevel::kInfo, "advisory database was fetched",
      {{"from", bundle.oci}, {"digest", found.digest.text()}, {"bytes", static_cast<std::int64_t>(found.layer.size)}});
  return fetched;
}

std::unique_ptr<registry::ImageSource> DatabaseBundles::source_of(const crds::DatabaseBundle& bundle,
                                                                  const std::stop_token& stop) {
  const base::ImageReference reference = base::parse_image_reference(bundle.oci);
  const std::string& ns = with_.operator_namespace;
  const RegistrySettings settings = settings_for(with_.registries(), reference.host, ns);
  const registry::Keyring keyring = keyring_for({.host = reference.host, .ns = ns, .pull_secrets = bundle.pull_secrets},
                                                settings, with_.api, with_.provider_credential, stop);
  return registry::make_registry_source({.reference = reference,
                                         .credentials = registry::matching_credentials(keyring, reference),
                                         .policy = settings.policy,
                                         .ca_bundle_pem = settings.ca_bundle_pem},
                                        with_.clock);
}

}  // namespace pratique_operator::reconcilers
