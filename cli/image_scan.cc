// From what a person asks of an image to what is found in it.
#include "cli/image_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/cache_directory.h"
#include "cli/image_opening.h"
#include "cli/progress.h"
#include "cli/scan_cache.h"
#include "net/signed_envelope.h"
#include "scanner/advisories/verified_files.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/sbom/sbom.h"
#include "scanner/matching/issue_references.h"
#include "scanner/scanner.h"
#include "scanner/worker/worker_process.h"

namespace cli {
namespace {

using scanner::advisories::Database;

// What is no key is told before anything is fetched.
std::vector<std::string> read_sbom_keys(const std::vector<std::string>& files) {
  constexpr std::size_t kKeyBytesMax = 64 << 10;
  std::vector<std::string> keys;
  for (const std::string& file : files) {
    keys.push_back(base::read_file(file, kKeyBytesMax));
    try {
      net::require_public_key(keys.back());
    } catch (const base::ConfigError& error) {
      throw base::ConfigError(fmt::format("--sbom-key {}: {}", base::escape_text(file), error.what()));
    }
  }
  return keys;
}

// What is known already is read by no child; an image whose layers are all kept is refused as any other.
void require_defences(const ImageQuery& query, const base::Clock& clock) {
  constexpr std::chrono::seconds kPatience{10};
  if (query.required_defences == scanner::worker::kAlwaysRequired) return;
  static_cast<void>(scanner::worker::WorkerProcess(clock.steady_now() + kPatience, {},
                                                   {.required_defences = query.required_defences}));
}

scanner::Inventory read_image(const ImageQuery& query, const Console& console, const base::Clock& clock) {
  const std::vector<std::string> keys = read_sbom_keys(query.sbom_keys);
  require_defences(query, clock);
  const auto cache = open_scan_cache(query, console);
  const auto source = open_image(query, platforms_of(cache), clock);
  const ChosenManifest chosen = choose_manifest(*source, query.image, query.platform);
  Progress progress(console, clock);
  const auto show = [&](const scanner::ScanProgress& now) {
    progress.show_bytes(now.stage, now.bytes_done, now.bytes_total);
  };
  return scanner::scan_image(*source, chosen.manifest.digest, chosen.manifest.platform.text(),
                             {.limits = query.limits,
                              .cache = cache,
                              .required_defences = query.required_defences,
                              .verify_diff_ids = query.verify_diff_ids,
                              .attached_sboms = query.attached_sboms,
                              .index = chosen.index,
                              .sbom_keys = keys},
                             show, {});
}

scanner::Inventory read_sbom(const std::string& file) {
  try {
    return scanner::inventory::inventory_of_sbom(base::read_file(file, scanner::inventory::kSbomBytesMax), file);
  } catch (const base::ParseError& error) {
    throw base::ParseError(fmt::format("{}: {}", base::escape_text(file), error.what()));
  }
}

bool makes_incomplete(const std::vector<scanner::ScanWarning>& warnings) {
  return std::any_of(warnings.begin(), warnings.end(), [](const auto& warning) { return warning.makes_incomplete; });
}

}  // namespace

// Verified before it is opened: reading a file that is not what was signed can end the process.
std::shared_ptr<const Database> open_database(const ImageQuery& query) {
  if (!std::filesystem::exists(query.database)) {
    throw base::ConfigError(fmt::format("there is no database {}; make one with `pratique database build`",
                                        base::escape_text(query.database)));
  }
  static_cast<void>(scanner::advisories::verify_database_once(query.database,
                                                              scanner::advisories::trusted_keys(query.database_keys),
                                                              verification_note(query.cache, query.database)));
  return Database::open(query.database);
}

scanner::Inventory read_inventory(const ImageQuery& query, const Console& console, const base::Clock& clock) {
  if (query.image.starts_with(kSbomPrefix)) return read_sbom(query.image.substr(kSbomPrefix.size()));
  return read_image(query, console, clock);
}

ScanResult match_inventory(const std::string& image, scanner::Inventory inventory,
                           const std::shared_ptr<const Database>& database) {
  scanner::matching::MatchResult matched = scanner::matching::Matcher(database).match(inventory);
  scanner::matching::look_up_references(*database, matched.vulnerabilities);
  ScanResult result{.image = image,
                    .inventory = std::move(inventory),
                    .vulnerabilities = std::move(matched.vulnerabilities),
                    .warnings = std::move(matched.warnings),
                    .complete = false,
                    .database = database->info()};
  const auto& of_image = result.inventory.warnings;
  result.warnings.insert(result.warnings.end(), of_image.begin(), of_image.end());
  std::sort(result.warnings.begin(), result.warnings.end());
  result.warnings.erase(std::unique(result.warnings.begin(), result.warnings.end()), result.warnings.end());
  result.complete = result.inventory.complete && !makes_incomplete(result.warnings);
  return result;
}

void tell_incomplete(const ScanResult& result, const Console& console) {
  if (!result.complete) fmt::print(console.err, "pratique: {}: the scan is incomplete\n", result.image);
}

ExitCode finish_scan(const ScanResult& result, std::optional<scanner::advisories::Severity> fail_on,
                     const Console& console) {
  tell_incomplete(result, console);
  const bool reached =
      fail_on && std::ranges::any_of(result.vulnerabilities, [&](const auto& v) { return v.severity >= *fail_on; });
  if (reached) return ExitCode::kSeverityReached;
  return result.complete ? ExitCode::kClean : ExitCode::kIncomplete;
}

}  // namespace cli
