#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <optional>

#include "base/cvss.h"
#include "base/digest.h"
#include "cli/output/document.h"
#include "cli/output/formats.h"
#include "net/json_writer.h"
#include "scanner/matching/fix_plan.h"

namespace cli::output {
namespace {

using net::JsonWriter;
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

void write_text(JsonWriter& json, std::string_view name, std::string_view words) {
  json.object(name, [&] { json.field("text", words); });
}

// An issue is a rule; what a package has of it is a result.
void write_rule(JsonWriter& json, const Vulnerability& found, const scanner::Distribution& distribution) {
  const std::string title = found.title.empty() ? found.id : found.title;
  const std::string remedy = scanner::matching::remediation(found, distribution);
  json.object([&] {
    json.field("id", found.id);
    json.field("name", "Vulnerability");
    write_text(json, "shortDescription", title);
    if (!found.url.empty()) json.field("helpUri", found.url);
    write_text(json, "help",
               fmt::format("{}\n{}{}{}", title, remedy, found.references.empty() ? "" : "\n",
                           fmt::join(found.references, "\n")));
    json.object("defaultConfiguration", [&] { json.field("level", level_of(found.severity)); });
    json.object("properties", [&] {
      json.field("security-severity", fmt::format("{:.1f}", score_of(found)));
      json.array("tags", [&] {
        json.value("security");
        json.value("vulnerability");
        json.value(scanner::advisories::severity_name(found.severity));
        if (found.exploited()) json.value("exploited");
      });
    });
  });
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

void write_location(JsonWriter& json, const Vulnerability& found) {
  json.object([&] {
    json.object("physicalLocation", [&] {
      json.object("artifactLocation", [&] {
        json.field("uri", uri_of(found.path));
        json.field("uriBaseId", kRoot);
      });
      json.object("region", [&] { json.field("startLine", 1); });
    });
    write_text(json, "message", fmt::format("layer {}", found.layer));
  });
}

void write_result(JsonWriter& json, const Vulnerability& found, std::size_t rule,
                  const scanner::Distribution& distribution) {
  const std::string message = fmt::format(
      "{} {} ({}) has {}: {}. {}", found.package, found.installed, found.package_type, found.id,
      scanner::advisories::severity_name(found.severity), scanner::matching::remediation(found, distribution));
  // The same finding in the next version of the image is the same to whoever tracks it.
  const std::string fingerprint =
      base::sha256_hex(fmt::format("{}\n{}\n{}\n{}", found.id, found.package_type, found.package, found.path));
  json.object([&] {
    json.field("ruleId", found.id);
    json.field("ruleIndex", rule);
    json.field("level", level_of(found.severity));
    write_text(json, "message", message);
    json.array("locations", [&] { write_location(json, found); });
    json.object("partialFingerprints", [&] { json.field("pratique/v1", fingerprint); });
  });
}

void write_notification(JsonWriter& json, const scanner::ScanWarning& warning) {
  json.object([&] {
    json.field("level", warning.makes_incomplete ? "error" : "note");
    json.object("descriptor", [&] { json.field("id", warning.reason); });
    write_text(json, "message", fmt::format("{}: {}", warning.path, warning.message));
  });
}

void write_invocation(JsonWriter& json, const ScanResult& result) {
  json.object([&] {
    json.field("executionSuccessful", result.complete);
    json.array("toolExecutionNotifications", result.warnings, write_notification);
  });
}

// Each issue's number among the rules, which stand in the order in which the issues are first met.
struct Rules {
  std::map<std::string_view, std::size_t> number_of;
  std::vector<const Vulnerability*> in_order;
};

Rules rules_of(const std::vector<Vulnerability>& vulnerabilities) {
  Rules rules;
  for (const Vulnerability& found : vulnerabilities) {
    if (rules.number_of.try_emplace(found.id, rules.in_order.size()).second) rules.in_order.push_back(&found);
  }
  return rules;
}

void write_driver(JsonWriter& json, const ScanResult& result, const Rules& rules) {
  json.object("driver", [&] {
    json.field("name", kToolName);
    json.field("version", PRATIQUE_VERSION);
    json.field("informationUri", kToolUrl);
    json.array("rules", [&] {
      for (const Vulnerability* issue : rules.in_order) write_rule(json, *issue, result.inventory.distribution);
    });
  });
}

void write_run(JsonWriter& json, const ScanResult& result) {
  const Rules rules = rules_of(result.vulnerabilities);
  json.object([&] {
    json.object("tool", [&] { write_driver(json, result, rules); });
    json.array("invocations", [&] { write_invocation(json, result); });
    json.object("originalUriBaseIds", [&] {
      json.object(kRoot, [&] {
        json.field("uri", "file:///");
        write_text(json, "description", result.image);
      });
    });
    json.array("results", [&] {
      for (const Vulnerability& found : result.vulnerabilities) {
        write_result(json, found, rules.number_of.at(found.id), result.inventory.distribution);
      }
    });
    json.field("columnKind", "utf16CodeUnits");
    json.object("properties", [&] {
      json.field("image", result.image);
      json.field("digest", result.inventory.digest);
      json.field("platform", result.inventory.platform);
      json.field("databaseGeneration", result.database.generation);
    });
  });
}

}  // namespace

std::string write_sarif(const ScanResult& result) {
  JsonWriter json(JsonWriter::Layout::kIndented);
  json.object([&] {
    json.field("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json.field("version", "2.1.0");
    json.array("runs", [&] { write_run(json, result); });
  });
  return json.take() + "\n";
}

}  // namespace cli::output
