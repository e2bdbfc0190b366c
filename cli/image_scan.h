// From what a person asks of an image to what is found in it: what `scan`, `why` and `diff` share.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/exit_code.h"
#include "cli/scan_result.h"

namespace cli {

// Throws base::ConfigError when there is none, base::ParseError when it is not what was signed.
[[nodiscard]] std::shared_ptr<const scanner::advisories::Database> open_database(const ImageQuery& query);

// Shows its progress on `console`. Throws what opening and reading the image or SBOM throws.
[[nodiscard]] scanner::Inventory read_inventory(const ImageQuery& query, const Console& console,
                                                const base::Clock& clock);

[[nodiscard]] ScanResult match_inventory(const std::string& image, scanner::Inventory inventory,
                                         const std::shared_ptr<const scanner::advisories::Database>& database);

// A line on standard error, where something was not looked at.
void tell_incomplete(const ScanResult& result, const Console& console);

// Says what is to be said behind the result, and what the shell is told of it.
[[nodiscard]] ExitCode finish_scan(const ScanResult& result, std::optional<scanner::advisories::Severity> fail_on,
                                   const Console& console);

}  // namespace cli
