// pratique diff: what a newer image mends, brings and changes.
#include <fmt/format.h>

#include <map>
#include <set>

#include "base/clock.h"
#include "base/log.h"
#include "cli/image_scan.h"
#include "cli/severity_counts.h"
#include "cli/text_table.h"
#include "cli/verbs.h"
#include "net/json_writer.h"

namespace cli {
namespace {

using net::JsonWriter;
using scanner::matching::Vulnerability;
using Rows = std::vector<const Vulnerability*>;

// An issue is the same in both images if its package is, whatever the version.
std::string key_of(const Vulnerability& found) {
  return fmt::format("{}\n{}\n{}", found.id, found.package_type, found.package);
}

// Of one image's issues, those that the other has too and those that it has not.
struct Comparison {
  Rows shared;
  Rows own;
};

Comparison compared(const std::vector<Vulnerability>& rows, const std::vector<Vulnerability>& others) {
  std::set<std::string> known;
  for (const Vulnerability& other : others) known.insert(key_of(other));
  Comparison result;
  for (const Vulnerability& row : rows) (known.contains(key_of(row)) ? result.shared : result.own).push_back(&row);
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
  Rows mended = compared(before.vulnerabilities, after.vulnerabilities).own;
  Rows brought = compared(after.vulnerabilities, before.vulnerabilities).own;
  Rows kept = compared(after.vulnerabilities, before.vulnerabilities).shared;
  std::vector<PackageChange> packages = changes_of(versions_of(before.inventory), versions_of(after.inventory));
};

// "Mended: 3 (1 critical, 2 low)"
std::string counted(std::string_view what, const Rows& rows) {
  SeverityCounts counts{};
  for (const Vulnerability* row : rows) ++counts.at(static_cast<std::size_t>(row->severity));
  return fmt::format("{}: {}{}\n", what, rows.size(), rows.empty() ? "" : fmt::format(" ({})", severity_words(counts)));
}

std::string issue_table(const Rows& rows) {
  if (rows.empty()) return {};
  const std::vector<TableColumn> columns = {{"SEVERITY", 8}, {"ID", 20},    {"PACKAGE", 24},
                                            {"VERSION", 18}, {"FIXED", 18}, {"TITLE", kTableColumns}};
  std::vector<std::vector<std::string>> cells;
  for (const Vulnerability* row : rows) {
    cells.push_back({std::string(severity_name(row->severity)), row->id,
                     fmt::format("{} ({})", row->package, row->package_type), row->installed,
                     row->fixed.empty() ? "no fix" : row->fixed, row->title});
  }
  return write_text_table(columns, cells, kTableColumns) + "\n";
}

std::string package_table(const std::vector<PackageChange>& changes) {
  const std::vector<TableColumn> columns = {{"PACKAGE", 40}, {"BEFORE", 28}, {"AFTER", 28}};
  std::vector<std::vector<std::string>> cells;
  for (const PackageChange& change : changes) {
    cells.push_back({fmt::format("{} ({})", change.name, change.type), change.before.empty() ? "-" : change.before,
                     change.after.empty() ? "-" : change.after});
  }
  return write_text_table(columns, cells, kTableColumns);
}

// What was not looked at cannot be told apart from what is mended.
std::string doubts(const ImageDiff& diff) {
  std::string text;
  for (const ScanResult* one : {&diff.before, &diff.after}) {
    if (one->complete) continue;
    text +=
        fmt::format("INCOMPLETE: something in {} was not looked at. What is not listed for it may still be there.\n",
                    base::escape_text(one->image));
  }
  return text;
}

std::string written(const ImageDiff& diff) {
  return fmt::format("{} -> {}\n\n{}{}{}{}{}\nPackages that changed: {}\n{}{}", base::escape_text(diff.before.image),
                     base::escape_text(diff.after.image), counted("Mended", diff.mended), issue_table(diff.mended),
                     counted("Brought", diff.brought), issue_table(diff.brought), counted("In both", diff.kept),
                     diff.packages.size(), package_table(diff.packages), doubts(diff));
}

void write_issue(JsonWriter& json, const Vulnerability* row) {
  json.object([&] {
    json.field("id", row->id);
    json.field("severity", severity_name(row->severity));
    json.field("packageType", row->package_type);
    json.field("package", row->package);
    json.field("version", row->installed);
    json.field("fixed", row->fixed);
    json.field("title", row->title);
  });
}

void write_change(JsonWriter& json, const PackageChange& change) {
  json.object([&] {
    json.field("type", change.type);
    json.field("name", change.name);
    json.field("before", change.before);
    json.field("after", change.after);
  });
}

std::string json_of(const ImageDiff& diff) {
  JsonWriter json(JsonWriter::Layout::kIndented);
  json.object([&] {
    json.field("before", diff.before.image);
    json.field("after", diff.after.image);
    json.field("complete", diff.before.complete && diff.after.complete);
    json.field("beforeComplete", diff.before.complete);
    json.field("afterComplete", diff.after.complete);
    json.array("mended", diff.mended, write_issue);
    json.array("brought", diff.brought, write_issue);
    json.array("inBoth", diff.kept, write_issue);
    json.array("packages", diff.packages, write_change);
  });
  return json.take() + "\n";
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
