// pratique scan: image -> inventory -> vulnerabilities -> a table or a document.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/image_opening.h"
#include "cli/output/formats.h"
#include "cli/progress.h"
#include "cli/scan_result.h"
#include "cli/verbs.h"
#include "scanner/advisories/signature.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/sbom/sbom.h"
#include "scanner/scanner.h"

namespace cli {
namespace {

using scanner::advisories::Database;

// Verified before it is opened: reading a file that is not what was signed can end the process.
std::shared_ptr<const Database> open_database(const ScanCommand& command) {
  if (!std::filesystem::exists(command.database)) {
    throw base::ConfigError(fmt::format("there is no database {}; make one with `pratique database build`",
                                        base::escape_text(command.database)));
  }
  static_cast<void>(
      scanner::advisories::verify_database(command.database, scanner::advisories::trusted_keys(command.database_keys)));
  return Database::open(command.database);
}

scanner::Inventory read_image(const ScanCommand& command, const Console& console, const base::Clock& clock) {
  const auto source = open_image(command, clock);
  const auto chosen = choose_manifest(*source, command.image, command.platform);
  Progress progress(console, clock);
  const auto show = [&](const scanner::ScanProgress& now) {
    progress.show_bytes(now.stage, now.bytes_done, now.bytes_total);
  };
  return scanner::scan_image(*source, chosen.digest, chosen.platform.text(), scanner::ScanLimits{}, show, {});
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

std::string subject_of(const ScanCommand& command) {
  return command.sbom.empty() ? command.image : std::string(kSbomPrefix) + command.sbom;
}

ScanResult match(const ScanCommand& command, scanner::Inventory inventory, std::shared_ptr<const Database> database) {
  scanner::matching::MatchResult matched = scanner::matching::Matcher(database).match(inventory);
  ScanResult result{.image = subject_of(command),
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

bool reached(const ScanResult& result, const ScanCommand& command) {
  return command.fail_on && std::any_of(result.vulnerabilities.begin(), result.vulnerabilities.end(),
                                        [&](const auto& v) { return v.severity >= *command.fail_on; });
}

}  // namespace

ExitCode run(const ScanCommand& command, const Console& console) {
  const base::RealClock clock;
  const auto database = open_database(command);
  const ScanResult result =
      match(command, command.sbom.empty() ? read_image(command, console, clock) : read_sbom(command.sbom), database);
  fmt::print(console.out, "{}", output::write_result(result, command.output));
  if (!result.complete) fmt::print(console.err, "pratique: {}: the scan is incomplete\n", result.image);
  if (reached(result, command)) return ExitCode::kSeverityReached;
  return result.complete ? ExitCode::kClean : ExitCode::kIncomplete;
}

}  // namespace cli
