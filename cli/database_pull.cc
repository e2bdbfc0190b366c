// pratique database pull
#include <fmt/format.h>

#include <filesystem>

#include "base/clock.h"
#include "base/error.h"
#include "base/output_file.h"
#include "cli/image_opening.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "registry/artifact.h"
#include "scanner/advisories/database_artifact.h"
#include "scanner/advisories/signature.h"

namespace cli {

namespace advisories = scanner::advisories;

namespace {

// Of the database that is in the place of the new one.
std::uint64_t present_generation(const std::string& path) {
  try {
    return advisories::read_signature(path).generation;
  } catch (const base::ParseError& error) {
    throw base::ConfigError(fmt::format("{} is in the way and no database; remove it first ({})", path, error.what()));
  }
}

// A registry, or who can write to it, must not lead back to what was known last year.
void check_generation(const DatabasePullCommand& command, const advisories::Signature& fetched) {
  if (!std::filesystem::exists(command.output)) return;
  const std::uint64_t present = present_generation(command.output);
  if (fetched.generation < present) {
    throw base::ConfigError(fmt::format("{} is of generation {}, older than {} of {}; remove the file to go back",
                                        command.image, fetched.generation, present, command.output));
  }
}

}  // namespace

ExitCode run(const DatabasePullCommand& command, const Console& console) {
  const advisories::TrustedKeys keys = advisories::trusted_keys(command.database_keys);
  const base::RealClock clock;
  const auto source = registry::make_registry_source(registry_settings(command.image, command.hosts), clock);
  const registry::FoundArtifact found = registry::find_artifact(*source, advisories::kDatabaseLayerType, {});
  base::TemporaryFile fetched(command.output + ".fetching");
  Progress progress(console, clock);
  registry::fetch_layer(*source, found.layer, fetched.path(), advisories::kDatabaseBytesMax,
                        [&](std::uint64_t received) { progress.show_bytes("fetch", received, found.layer.size); }, {});
  progress.clear();
  const advisories::Signature signature = advisories::verify_database(fetched.path(), keys);
  check_generation(command, signature);
  fetched.keep_as(command.output);
  fmt::print(console.out, "{}: generation {}, {}, signed by {}\n", command.output, signature.generation,
             readable_bytes(found.layer.size), signature.key);
  return ExitCode::kClean;
}

}  // namespace cli
