#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/cvss.h"
#include "base/digest.h"
#include "cli/output/document.h"
#include "cli/output/formats.h"
#include "scanner/matching/fix_plan.h"

namespace cli::output {
namespace {

using Json = nlohmann::ordered_json;
using scanner::advisories::Severity;
using scanner::matching::Vulnerability;

constexpr std::string_view kRoot = "IMAGE";

std::string_view level_of(Severity severity) {
  if (severity >= Severity::kHigh) return "error";
  return severity == Severity::kMedium ? "warning" : "note";
}

// What code-scanning pages sort by: the worst score that anybody computed, else the middle of the severity's band.
double score_of(const Vulnerability& found) {
  std::optional<double> worst;
  for (const auto& rating : found.ratings) {
    const auto score = base::cvss_score(rating.vector);
    if (score && (!worst || score->base > *worst)) worst = score->base;
  }
  if (worst) return *worst;
  switch (found.severity) {
    case Severity::kCritical:
      return 9.5;
    case Severity::kHigh:
      return 8.0;
    case Severity::kMedium:
      return 5.5;
    case Severity::kLow:
      return 2.0;
    case Severity::kUnknown:
      break;
  }
  return 0.0;
}

Json text(const std::string& words) {
  return {{"text", words}};
}

// An issue is a rule; what a package has of it is a result.
Json rule_json(const Vulnerability& found, const scanner::Distribution& distribution) {
  const std::string title = found.title.empty() ? found.id : found.title;
  Json rule = {{"id", found.id}, {"name", "Vulnerability"}, {"shortDescription", text(title)}};
  if (!found.url.empty()) rule["helpUri"] = found.url;
  rule["help"] = text(fmt::format("{}\n{}{}{}", title, scanner::matching::remediation(found, distribution),
                                  found.references.empty() ? "" : "\n", fmt::join(found.references, "\n")));
  rule["defaultConfiguration"] = {{"level", level_of(found.severity)}};
  Json tags = Json::array({"security", "vulnerability", scanner::advisories::severity_name(found.severity)});
  if (found.exploited()) tags.push_back("exploited");
  rule["properties"] = {{"security-severity", fmt::format("{:.1f}", score_of(found))}, {"tags", std::move(tags)}};
  return rule;
}

// RFC 3986: a path in an image may hold anything.
std::string uri_of(std::string_view path) {
  std::string uri;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return uri;
}

Json location_json(const Vulnerability& found) {
  Json artifact = {{"uri", uri_of(found.path)}, {"uriBaseId", kRoot}};
  return {{"physicalLocation", {{"artifactLocation", std::move(artifact)}, {"region", {{"startLine", 1}}}}},
          {"message", text(fmt::format("layer {}", found.layer))}};
}

Json result_json(const Vulnerability& found, std::size_t rule, const scanner::Distribution& distribution) {
  const std::string message = fmt::format(
      "{} {} ({}) has {}: {}. {}", found.package, found.installed, found.package_type, found.id,
      scanner::advisories::severity_name(found.severity), scanner::matching::remediation(found, distribution));
  // The same finding in the next version of the image is the same to whoever tracks it.
  const std::string fingerprint =
      base::sha256_hex(fmt::format("{}\n{}\n{}\n{}", found.id, found.package_type, found.package, found.path));
  return {{"ruleId", found.id},
          {"ruleIndex", rule},
          {"level", level_of(found.severity)},
          {"message", text(message)},
          {"locations", Json::array({location_json(found)})},
          {"partialFingerprints", {{"pratique/v1", fingerprint}}}};
}

Json notification(const scanner::ScanWarning& warning) {
  return {{"level", warning.makes_incomplete ? "error" : "note"},
          {"descriptor", {{"id", warning.reason}}},
          {"message", text(fmt::format("{}: {}", warning.path, warning.message))}};
}

Json invocation(const ScanResult& result) {
  Json notifications = Json::array();
  for (const scanner::ScanWarning& warning : result.warnings) notifications.push_back(notification(warning));
  return {{"executionSuccessful", result.complete}, {"toolExecutionNotifications", std::move(notifications)}};
}

}  // namespace

std::string write_sarif(const ScanResult& result) {
  std::map<std::string, std::size_t> rule_of;
  Json rules = Json::array();
  Json results = Json::array();
  for (const Vulnerability& found : result.vulnerabilities) {
    const auto [rule, added] = rule_of.try_emplace(found.id, rules.size());
    if (added) rules.push_back(rule_json(found, result.inventory.distribution));
    results.push_back(result_json(found, rule->second, result.inventory.distribution));
  }
  const Json driver = {
      {"name", kToolName}, {"version", PRATIQUE_VERSION}, {"informationUri", kToolUrl}, {"rules", std::move(rules)}};
  const Json run = {{"tool", {{"driver", driver}}},
                    {"invocations", Json::array({invocation(result)})},
                    {"originalUriBaseIds", {{kRoot, {{"uri", "file:///"}, {"description", text(result.image)}}}}},
                    {"results", std::move(results)},
                    {"columnKind", "utf16CodeUnits"},
                    {"properties",
                     {{"image", result.image},
                      {"digest", result.inventory.digest},
                      {"platform", result.inventory.platform},
                      {"databaseGeneration", result.database.generation}}}};
  return dump_document({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                        {"version", "2.1.0"},
                        {"runs", Json::array({run})}});
}

}  // namespace cli::output
