// pratique database pull
#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/output_file.h"
#include "cli/image_opening.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "registry/artifact_file.h"
#include "scanner/advisories/database.h"
#include "scanner/advisories/database_artifact.h"
#include "scanner/advisories/file_reader.h"
#include "scanner/advisories/signature.h"

namespace cli {

namespace advisories = scanner::advisories;

namespace {

constexpr registry::FileTerms kTerms{.chunk_type = advisories::kDatabaseChunkType,
                                     .whole_type = advisories::kDatabaseWholeType,
                                     .bytes_max = advisories::kDatabaseBytesMax};

// Of the database that is in the place of the new one.
std::uint64_t present_generation(const std::string& path) {
  try {
    return advisories::read_signature(path).generation;
  } catch (const base::ParseError& error) {
    throw base::ConfigError(fmt::format("{} is in the way and no database; remove it first ({})", path, error.what()));
  }
}

// A registry, or who can write to it, must not lead back to what was known last year.
void check_generation(const DatabasePullCommand& command, std::uint64_t present, std::uint64_t fetched) {
  if (fetched < present) {
    throw base::ConfigError(fmt::format("{} is of generation {}, older than {} of {}; remove the file to go back",
                                        command.image, fetched, present, command.output));
  }
}

}  // namespace

ExitCode run(const DatabasePullCommand& command, const Console& console) {
  const advisories::TrustedKeys keys = advisories::trusted_keys(command.database_keys);
  std::optional<advisories::FileReader> present;
  if (std::filesystem::exists(command.output)) present.emplace(command.output);
  const base::RealClock clock;
  const auto source = registry::make_registry_source(registry_settings(command.image, command.hosts), clock);
  const registry::FoundFile found = registry::find_file(*source, kTerms, {});
  base::TemporaryFile fetched(command.output + ".fetching");
  Progress progress(console, clock);
  const std::uint64_t received =
      registry::fetch_file(*source, found, fetched.path(), present ? &*present : nullptr,
                           [&](std::uint64_t bytes) { progress.show_bytes("fetch", bytes, found.bytes); }, {});
  progress.clear();
  const advisories::Signature signature = advisories::verify_database(fetched.path(), keys);
  // What this program cannot read takes nothing's place.
  static_cast<void>(advisories::Database::open(fetched.path()));
  // Another may have put a newer one there meanwhile.
  if (std::filesystem::exists(command.output)) {
    check_generation(command, present_generation(command.output), signature.generation);
  }
  fetched.keep_as(command.output);
  fmt::print(console.out, "{}: generation {}, {}, of which {} were fetched, signed by {}\n", command.output,
             signature.generation, readable_bytes(found.bytes), readable_bytes(received), signature.key);
  return ExitCode::kClean;
}

}  // namespace cli
