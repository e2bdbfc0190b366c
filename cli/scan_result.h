// Everything that `pratique scan` found, before it is written in some form (cli/output).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scanner/advisories/database.h"
#include "scanner/matching/matcher.h"
#include "scanner/report.h"

namespace cli {

// Of an image's name where an SBOM is read instead; its file's path follows.
inline constexpr std::string_view kSbomPrefix = "sbom:";

struct ScanResult {
  std::string image;  // as the person named it
  scanner::Inventory inventory;
  std::vector<scanner::matching::Vulnerability> vulnerabilities{};  // worst first
  std::vector<scanner::ScanWarning> warnings{};                     // of reading the image and of matching
  bool complete = false;
  scanner::advisories::DatabaseInfo database;
};

}  // namespace cli
