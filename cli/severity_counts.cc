#include "cli/severity_counts.h"

#include <fmt/format.h>

#include "scanner/advisories/advisory.h"

namespace cli {

std::string severity_words(const SeverityCounts& counts) {
  std::string text;
  for (const scanner::advisories::Severity severity : scanner::advisories::kWorstFirst) {
    const std::size_t count = counts.at(static_cast<std::size_t>(severity));
    if (count == 0) continue;
    std::string name(severity_name(severity));
    name[0] = static_cast<char>(name[0] - 'A' + 'a');
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  }
  return text;
}

}  // namespace cli
