// pratique why: what each record of the database about one issue says of each package of an image.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "cli/image_scan.h"
#include "cli/verbs.h"
#include "scanner/matching/issue_explanation.h"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;
using scanner::matching::IssueExplanation;
using scanner::matching::RecordExplanation;
using scanner::matching::RecordVerdict;

bool is_told(const IssueExplanation& explanation) {
  return std::ranges::any_of(explanation.records,
                             [](const auto& one) { return one.verdict == RecordVerdict::kAffected; });
}

std::string written(const IssueExplanation& explanation, const WhyCommand& command) {
  const std::string image = base::escape_text(command.query.image);
  std::string text = fmt::format("{} is {} of {}\n", base::escape_text(command.issue),
                                 is_told(explanation) ? "told" : "not told", image);
  for (const RecordExplanation& one : explanation.records) {
    text += fmt::format("  {} {} ({})\n    {} of {}: {}\n", base::escape_text(one.package),
                        base::escape_text(one.installed), one.ecosystem, base::escape_text(one.record.id),
                        one.record.feed, base::escape_text(verdict_words(one)));
    if (!one.record.url.empty()) text += fmt::format("    {}\n", base::escape_text(one.record.url));
  }
  if (explanation.records.empty()) text += "  no record of the database names it for a package of this image\n";
  for (const scanner::ScanWarning& warning : explanation.not_looked_up) {
    text += fmt::format("  not looked up: {} packages of {}: {}\n", warning.count, base::escape_text(warning.path),
                        base::escape_text(warning.message));
  }
  return text;
}

std::string json_of(const IssueExplanation& explanation, const WhyCommand& command) {
  Json records = Json::array();
  for (const RecordExplanation& one : explanation.records) {
    records.push_back({{"ecosystem", one.ecosystem},
                       {"package", one.package},
                       {"installed", one.installed},
                       {"record", one.record.id},
                       {"aliases", one.record.aliases},
                       {"feed", one.record.feed},
                       {"url", one.record.url},
                       {"verdict", verdict_name(one.verdict)},
                       {"justification", one.record.justification},
                       {"words", verdict_words(one)}});
  }
  Json missed = Json::array();
  for (const scanner::ScanWarning& warning : explanation.not_looked_up) {
    missed.push_back(
        {{"reason", warning.reason}, {"path", warning.path}, {"message", warning.message}, {"count", warning.count}});
  }
  const Json document = {{"image", command.query.image},
                         {"issue", command.issue},
                         {"told", is_told(explanation)},
                         {"records", std::move(records)},
                         {"notLookedUp", std::move(missed)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

ExitCode run(const WhyCommand& command, const Console& console) {
  const base::RealClock clock;
  const auto database = open_database(command.query);
  const scanner::Inventory inventory = read_inventory(command.query, console, clock);
  const IssueExplanation explanation = scanner::matching::explain_issue(inventory, *database, command.issue);
  const bool as_json = command.output == OutputFormat::kJson;
  fmt::print(console.out, "{}", as_json ? json_of(explanation, command) : written(explanation, command));
  if (!inventory.complete) fmt::print(console.err, "pratique: {}: the scan is incomplete\n", command.query.image);
  return inventory.complete && explanation.not_looked_up.empty() ? ExitCode::kClean : ExitCode::kIncomplete;
}

}  // namespace cli
