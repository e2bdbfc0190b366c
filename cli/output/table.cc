#include <fmt/format.h>

#include <array>

#include "base/log.h"
#include "cli/output/formats.h"
#include "cli/text_table.h"

namespace cli::output {
namespace {

using scanner::advisories::Severity;
using scanner::advisories::severity_name;

constexpr std::array kWorstFirst = {Severity::kCritical, Severity::kHigh, Severity::kMedium, Severity::kLow,
                                    Severity::kUnknown};

// Beyond these the table says how many more there are; --output json has them all.
constexpr std::size_t kWarningLinesMax = 20;

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string vulnerability_table(const ScanResult& result) {
  const std::vector<TableColumn> columns = {{"SEVERITY", 8},   {"ID", 20},    {"PACKAGE", 24},
                                            {"INSTALLED", 18}, {"FIXED", 18}, {"TITLE", kTableColumns}};
  std::vector<std::vector<std::string>> rows;
  for (const auto& v : result.vulnerabilities) {
    rows.push_back({std::string(severity_name(v.severity)), v.id, fmt::format("{} ({})", v.package, v.package_type),
                    v.installed, v.fixed.empty() ? "no fix" : v.fixed, v.title});
  }
  return write_text_table(columns, rows, kTableColumns);
}

// "1 critical, 3 high"
std::string severity_counts(const ScanResult& result) {
  std::string text;
  for (const Severity severity : kWorstFirst) {
    std::size_t count = 0;
    for (const auto& v : result.vulnerabilities) count += v.severity == severity ? 1 : 0;
    if (count == 0) continue;
    std::string name(severity_name(severity));
    name[0] = static_cast<char>(name[0] - 'A' + 'a');
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  }
  return text;
}

std::string summary(const ScanResult& result) {
  const scanner::Inventory& inventory = result.inventory;
  const std::string_view distribution = inventory.distribution.pretty_name.empty()
                                            ? std::string_view(inventory.distribution.id)
                                            : std::string_view(inventory.distribution.pretty_name);
  const std::string counts = severity_counts(result);
  // An SBOM does not tell all of these.
  std::string about = inventory.digest.empty() ? "" : inventory.digest + "\n";
  about += inventory.platform;
  if (!inventory.platform.empty() && !distribution.empty()) about += ", ";
  about += base::escape_text(distribution);
  return fmt::format("{}\n{}\n{}, {}{}\n", base::escape_text(result.image), about,
                     counted(inventory.packages.size(), "package", "packages"),
                     counted(result.vulnerabilities.size(), "vulnerability", "vulnerabilities"),
                     counts.empty() ? "" : ": " + counts);
}

std::string warning_line(const scanner::ScanWarning& warning) {
  const std::string about = warning.path.empty() ? "" : base::escape_text(warning.path) + ": ";
  const std::string times = warning.count > 1 ? fmt::format(" ({} of them)", warning.count) : "";
  return fmt::format("  {}: {}{}{}\n", warning.reason, about, base::escape_text(warning.message), times);
}

std::string warning_list(const ScanResult& result) {
  std::string text;
  if (!result.complete) {
    text += "INCOMPLETE: something in this image was not looked at. What is not listed above may still be there.\n";
  }
  for (std::size_t i = 0; i < result.warnings.size() && i < kWarningLinesMax; ++i) {
    text += warning_line(result.warnings[i]);
  }
  if (result.warnings.size() > kWarningLinesMax) {
    text += fmt::format("  and {} more; --output json tells them all\n", result.warnings.size() - kWarningLinesMax);
  }
  return text;
}

}  // namespace

std::string write_table(const ScanResult& result) {
  const std::string table = vulnerability_table(result);
  return fmt::format("{}{}{}Advisories: generation {}, built {}\n{}", table, table.empty() ? "" : "\n", summary(result),
                     result.database.generation, result.database.built_at, warning_list(result));
}

}  // namespace cli::output
