#include "operator/reconcilers/database_bundle.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/output_file.h"
#include "registry/artifact_file.h"
#include "registry/registry_client.h"
#include "scanner/advisories/database_artifact.h"
#include "scanner/advisories/file_reader.h"

namespace pratique_operator::reconcilers {
namespace {

namespace fs = std::filesystem;
namespace advisories = scanner::advisories;

constexpr std::string_view kSuffix = ".bundle";
constexpr registry::FileTerms kTerms{.chunk_type = advisories::kDatabaseChunkType,
                                     .whole_type = advisories::kDatabaseWholeType,
                                     .bytes_max = advisories::kDatabaseBytesMax};

void make_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw base::ConfigError("making directory " + folder + ": " + error.message());
}

std::vector<fs::path> files_of(const std::string& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->path().extension() == kSuffix) files.push_back(entry->path());
  }
  return files;
}

// What cannot be removed takes room and does no harm.
void remove_others(const std::string& folder, const std::string& kept) {
  std::error_code error;
  for (const fs::path& file : files_of(folder)) {
    if (file != kept) fs::remove(file, error);
  }
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

// The file's name is the manifest's digest: what is there need not be fetched again, by a new operator neither.
FetchedDatabase DatabaseBundles::fetch(const crds::DatabaseBundle& bundle, const std::stop_token& stop) {
  const auto source = source_of(bundle, stop);
  const registry::FoundFile found = registry::find_file(*source, kTerms, stop);
  FetchedDatabase database{.path = folder_ + "/" + found.digest.hex() + std::string(kSuffix),
                           .reference = base::parse_image_reference(bundle.oci).name() + "@" + found.digest.text()};
  std::error_code error;
  if (fs::exists(database.path, error)) return database;
  make_folder(folder_);
  std::optional<advisories::FileReader> last;
  if (const std::vector<fs::path> files = files_of(folder_); !files.empty()) last.emplace(files.front());
  base::TemporaryFile file(database.path + ".fetching");
  const std::uint64_t fetched = registry::fetch_file(*source, found, file.path(), last ? &*last : nullptr, {}, stop);
  file.keep_as(database.path);
  remove_others(folder_, database.path);
  base::log(base::LogLevel::kInfo, "advisory database was fetched",
            {{"from", bundle.oci},
             {"digest", found.digest.text()},
             {"bytes", static_cast<std::int64_t>(found.bytes)},
             {"fetched", static_cast<std::int64_t>(fetched)}});
  return database;
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
