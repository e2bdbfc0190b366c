// Everything that `pratique scan` found, before it is written as a table or as JSON.
#pragma once

#include <string>
#include <vector>

#include "scanner/advisories/database.h"
#include "scanner/matching/matcher.h"
#include "scanner/report.h"

namespace cli {

struct ScanResult {
  std::string image;  // as the person named it
  scanner::Inventory inventory;
  std::vector<scanner::matching::Vulnerability> vulnerabilities;  // worst first
  std::vector<scanner::ScanWarning> warnings;                     // of reading the image and of matching
  bool complete = false;
  scanner::advisories::DatabaseInfo database;
};

// The widest line of a table that is meant for a terminal.
inline constexpr std::size_t kTableColumns = 100;

// A table of vulnerabilities, what was not looked at, and a summary; ends with a newline.
[[nodiscard]] std::string write_table(const ScanResult& result);

// docs/formats/scan-json.md; ends with a newline. The same result gives the same bytes.
[[nodiscard]] std::string write_json(const ScanResult& result);

}  // namespace cli
