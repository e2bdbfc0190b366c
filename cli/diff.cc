// pratique diff: what a newer image mends, brings and changes.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/clock.h"
#include "base/log.h"
#include "cli/image_scan.h"
#include "cli/text_table.h"
#include "cli/verbs.h"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;
using scanner::matching::Vulnerability;
using Rows = std::vector<const Vulnerability*>;

// An issue is the same in both images if its package is, whatever the version.
std::string key_of(const Vulnerability& found) {
  return fmt::format("{}\n{}\n{}", found.id, found.package_type, found.package);
}

Rows without(const std::vector<Vulnerability>& rows, const std::vector<Vulnerability>& others) {
  std::set<std::string> known;
  for (const Vulnerability& other : others) known.insert(key_of(other));
  Rows result;
  for (const Vulnerability& row : rows) {
    if (!known.contains(key_of(row))) result.push_back(&row);
  }
  return result;
}

// The versions of each package, by type and name.
using Versions = std::map<std::pair<std::string, std::string>, std::set<std::string>>;

Versions versions_of(const scanner::Inventory& inventory) {
  Versions versions;
  for (const scanner::Package& package : inventory.packages)
    versions[{package.type, package.name}].insert(package.version);
  return versions;
}

struct PackageChange {
  std::string type;
  std::string name;
  std::string before;  // empty: it is new
  std::string after;   // empty: it is gone
};

std::vector<PackageChange> changes_of(const Versions& before, const Versions& after) {
  const auto joined = [](const Versions& versions, const auto& key) {
    const auto found = versions.find(key);
    return found == versions.end() ? std::string() : fmt::format("{}", fmt::join(found->second, ", "));
  };
  std::set<std::pair<std::string, std::string>> keys;
  for (const auto& [key, versions] : before) keys.insert(key);
  for (const auto& [key, versions] : after) keys.insert(key);
  std::vector<PackageChange> changes;
  for (const auto& key : keys) {
    PackageChange change{key.first, key.second, joined(before, key), joined(after, key)};
    if (change.before != change.after) changes.push_back(std::move(change));
  }
  return changes;
}

struct ImageDiff {
  const ScanResult& before;
  const ScanResult& after;
  Rows mended = without(before.vulnerabilities, after.vulnerabilities);
  Rows brought = without(after.vulnerabilities, before.vulnerabilities);
  std::vector<PackageChange> packages = changes_of(versions_of(before.inventory), versions_of(after.inventory));
};

std::string issue_table(std::string_view title, const Rows& rows) {
  const std::vector<TableColumn> columns = {
      {"SEVERITY", 8}, {"ID", 20}, {"PACKAGE", 24}, {"VERSION", 18}, {"TITLE", 100}};
  std::vector<std::vector<std::string>> cells;
  for (const Vulnerability* row : rows) {
    cells.push_back({std::string(severity_name(row->severity)), row->id,
                     fmt::format("{} ({})", row->package, row->package_type), row->installed, row->title});
  }
  return fmt::format("{}: {}\n{}{}", title, rows.size(), write_text_table(columns, cells, kTableColumns),
                     rows.empty() ? "" : "\n");
}

std::string written(const ImageDiff& diff) {
  std::string text =
      fmt::format("{} -> {}\n\n", base::escape_text(diff.before.image), base::escape_text(diff.after.image));
  text += issue_table("Mended", diff.mended) + issue_table("Brought", diff.brought);
  text += fmt::format("In both: {}\n", diff.after.vulnerabilities.size() - diff.brought.size());
  const std::vector<TableColumn> columns = {{"PACKAGE", 40}, {"BEFORE", 28}, {"AFTER", 28}};
  std::vector<std::vector<std::string>> cells;
  for (const PackageChange& change : diff.packages) {
    cells.push_back({fmt::format("{} ({})", change.name, change.type), change.before.empty() ? "-" : change.before,
                     change.after.empty() ? "-" : change.after});
  }
  return text + fmt::format("\nPackages that changed: {}\n{}", diff.packages.size(),
                            write_text_table(columns, cells, kTableColumns));
}

Json issues_json(const Rows& rows) {
  Json issues = Json::array();
  for (const Vulnerability* row : rows) {
    issues.push_back({{"id", row->id},
                      {"severity", severity_name(row->severity)},
                      {"packageType", row->package_type},
                      {"package", row->package},
                      {"version", row->installed},
                      {"fixed", row->fixed},
                      {"title", row->title}});
  }
  return issues;
}

std::string json_of(const ImageDiff& diff) {
  Json packages = Json::array();
  for (const PackageChange& change : diff.packages) {
    packages.push_back(
        {{"type", change.type}, {"name", change.name}, {"before", change.before}, {"after", change.after}});
  }
  const Json document = {{"before", diff.before.image},
                         {"after", diff.after.image},
                         {"complete", diff.before.complete && diff.after.complete},
                         {"mended", issues_json(diff.mended)},
                         {"brought", issues_json(diff.brought)},
                         {"packages", std::move(packages)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

ExitCode run(const DiffCommand& command, const Console& console) {
  const base::RealClock clock;
  const auto database = open_database(command.query);
  ImageQuery newer = command.query;
  newer.image = command.newer;
  const ScanResult before =
      match_inventory(command.query.image, read_inventory(command.query, console, clock), database);
  const ScanResult after = match_inventory(newer.image, read_inventory(newer, console, clock), database);
  const ImageDiff diff{.before = before, .after = after};
  fmt::print(console.out, "{}", command.output == OutputFormat::kJson ? json_of(diff) : written(diff));
  tell_incomplete(before, console);
  tell_incomplete(after, console);
  return before.complete && after.complete ? ExitCode::kClean : ExitCode::kIncomplete;
}

}  // namespace cli
