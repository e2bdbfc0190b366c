#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/log.h"
#include "cli/output/formats.h"
#include "cli/progress.h"
#include "cli/severity_counts.h"
#include "cli/text_table.h"
#include "scanner/matching/fix_plan.h"

namespace cli::output {
namespace {

using scanner::advisories::severity_name;

// Beyond these the table says how many more there are; --output json has them all.
constexpr std::size_t kWarningLinesMax = 20;
constexpr std::size_t kUpgradesMax = 5;

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

SeverityCounts counts_of(const ScanResult& result) {
  SeverityCounts counts{};
  for (const auto& v : result.vulnerabilities) ++counts.at(static_cast<std::size_t>(v.severity));
  return counts;
}

// The first upgrades, each with what it clears and the command on a line of its own, for a person to copy.
std::string plan_list(const ScanResult& result) {
  const scanner::matching::FixPlan plan =
      scanner::matching::fix_plan(result.vulnerabilities, result.inventory.distribution);
  std::string text;
  for (std::size_t i = 0; i < plan.upgrades.size() && i < kUpgradesMax; ++i) {
    const scanner::matching::Upgrade& upgrade = plan.upgrades[i];
    text += fmt::format("  {} {} to {} clears {}\n", base::escape_text(upgrade.package),
                        base::escape_text(upgrade.installed), base::escape_text(upgrade.to),
                        severity_words(upgrade.clears));
    if (!upgrade.command.empty()) text += fmt::format("    {}\n", base::escape_text(upgrade.command));
  }
  if (plan.upgrades.size() > kUpgradesMax) {
    text += fmt::format("  and {} more; --output json tells them all\n", plan.upgrades.size() - kUpgradesMax);
  }
  const std::string unfixed = plan.without_fix == 0 ? "" : fmt::format("{} without a known fix\n", plan.without_fix);
  return (text.empty() ? "" : "Upgrades that clear the most:\n" + text) + unfixed;
}

// The issues that attacks are known to use, whatever their severity.
std::string exploited_line(const ScanResult& result) {
  constexpr std::size_t kShown = 5;
  std::set<std::string_view> seen;
  std::string text;
  for (const auto& v : result.vulnerabilities) {
    if (!v.exploited() || !seen.insert(v.id).second || seen.size() > kShown) continue;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", base::escape_text(v.id));
  }
  if (text.empty()) return {};
  return fmt::format("Known to be used in attacks: {}{}\n", text, seen.size() > kShown ? ", ..." : "");
}

// Where some program belongs to no known package; the largest of them.
std::string coverage_line(const std::optional<scanner::ProgramCoverage>& programs) {
  constexpr std::size_t kShown = 3;
  if (!programs || programs->unknown.empty()) return {};
  std::string text = fmt::format("{} % of {} of programs belong to known packages; to none:", programs->percent(),
                                 readable_bytes(programs->bytes));
  for (std::size_t i = 0; i < std::min(kShown, programs->unknown.size()); ++i) {
    const scanner::UnknownProgram& program = programs->unknown[i];
    text +=
        fmt::format("{} {} ({})", i == 0 ? "" : ",", base::escape_text(program.path), readable_bytes(program.bytes));
  }
  return text + (programs->unknown.size() > kShown ? ", ...\n" : "\n");
}

std::string summary(const ScanResult& result) {
  const scanner::Inventory& inventory = result.inventory;
  const std::string_view distribution = inventory.distribution.pretty_name.empty()
                                            ? std::string_view(inventory.distribution.id)
                                            : std::string_view(inventory.distribution.pretty_name);
  const std::string counts = severity_words(counts_of(result));
  // An SBOM does not tell all of these.
  std::string about = inventory.digest.empty() ? "" : inventory.digest + "\n";
  about += inventory.platform;
  if (!inventory.platform.empty() && !distribution.empty()) about += ", ";
  about += base::escape_text(distribution);
  return fmt::format("{}\n{}\n{}, {}{}\n{}", base::escape_text(result.image), about,
                     counted(inventory.packages.size(), "package", "packages"),
                     counted(result.vulnerabilities.size(), "vulnerability", "vulnerabilities"),
                     counts.empty() ? "" : ": " + counts, coverage_line(inventory.programs));
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
  return fmt::format("{}{}{}{}Advisories: generation {}, built {}\n{}", table, table.empty() ? "" : "\n",
                     summary(result) + exploited_line(result), plan_list(result), result.database.generation,
                     result.database.built_at, warning_list(result));
}

}  // namespace cli::output
