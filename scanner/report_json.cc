#include "scanner/report_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/log.h"

namespace scanner {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kStringBytesMax = 4096;
constexpr std::size_t kUnknownPathBytesMax = 512;
constexpr std::size_t kDepthMax = 8;

using Json = nlohmann::json;

void put_text(Json& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

// Invalid UTF-8 cannot occur in what extractors return; if it does, it is replaced rather than lost.
std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json package_json(const Package& package) {
  Json object = Json::object();
  put_text(object, "type", package.type);
  put_text(object, "name", package.name);
  put_text(object, "version", package.version);
  put_text(object, "source", package.source);
  put_text(object, "sourceVersion", package.source_version);
  put_text(object, "architecture", package.architecture);
  put_text(object, "module", package.module);
  put_text(object, "purl", package.purl);
  put_text(object, "layer", package.layer);
  put_text(object, "path", package.path);
  put_text(object, "foundBy", package.found_by);
  return object;
}

Json warning_json(const ScanWarning& warning) {
  Json object = Json::object();
  put_text(object, "reason", warning.reason);
  put_text(object, "path", warning.path);
  put_text(object, "message", warning.message);
  object["count"] = warning.count;
  object["incomplete"] = warning.makes_incomplete;
  return object;
}

Json programs_json(const ProgramCoverage& programs) {
  Json object = Json::object();
  object["bytes"] = programs.bytes;
  object["knownBytes"] = programs.known_bytes;
  Json unknown = Json::array();
  for (const UnknownProgram& program : programs.unknown) {
    unknown.push_back({{"path", base::escape_text(program.path, kUnknownPathBytesMax)}, {"bytes", program.bytes}});
  }
  object["unknown"] = std::move(unknown);
  return object;
}

Json head_json(const Inventory& inventory) {
  Json head = Json::object();
  head["version"] = kVersion;
  head["digest"] = inventory.digest;
  head["platform"] = inventory.platform;
  head["complete"] = inventory.complete;
  head["compressedBytes"] = inventory.compressed_bytes;
  head["scannerVersion"] = inventory.scanner_version;
  Json distribution = Json::object();
  put_text(distribution, "id", inventory.distribution.id);
  put_text(distribution, "versionId", inventory.distribution.version_id);
  put_text(distribution, "codename", inventory.distribution.codename);
  put_text(distribution, "prettyName", inventory.distribution.pretty_name);
  head["distribution"] = std::move(distribution);
  if (inventory.programs) head["programs"] = programs_json(*inventory.programs);
  return head;
}

// Appends `,"name":[...]` one item at a time: a DOM of all packages would take ten times their text.
template <typename Item, typename ToJson>
void append_array(std::string& out, const char* name, const std::vector<Item>& items, ToJson to_json) {
  out += fmt::format(",\"{}\":[", name);
  for (std::size_t index = 0; index < items.size(); ++index) {
    if (index != 0) out += ',';
    out += dump(to_json(items[index]));
  }
  out += ']';
}

[[noreturn]] void refuse(std::string_view what) {
  throw base::ParseError(fmt::format("inventory: {}", what));
}

// Typed access to one JSON object; a missing field is its default, one of another type a ParseError.
class Fields {
 public:
  Fields(simdjson::dom::element element, std::string_view what) : what_(what) {
    if (element.get_object().get(object_) != simdjson::SUCCESS) refuse(fmt::format("{} is not an object", what));
  }

  [[nodiscard]] std::string text(std::string_view name) const {
    simdjson::dom::element element;
    if (object_[name].get(element) != simdjson::SUCCESS) return {};
    std::string_view value;
    if (element.get_string().get(value) != simdjson::SUCCESS) refuse_type(name, "a string");
    return base::escape_text(value, kStringBytesMax);
  }

  [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t missing) const {
    simdjson::dom::element element;
    if (object_[name].get(element) != simdjson::SUCCESS) return missing;
    std::uint64_t value = 0;
    if (element.get_uint64().get(value) != simdjson::SUCCESS) refuse_type(name, "a whole number");
    return value;
  }

  // Completeness is never assumed: both callers pass the careful answer for a missing field.
  [[nodiscard]] bool flag(std::string_view name, bool missing) const {
    simdjson::dom::element element;
    if (object_[name].get(element) != simdjson::SUCCESS) return missing;
    bool value = false;
    if (element.get_bool().get(value) != simdjson::SUCCESS) refuse_type(name, "true or false");
    return value;
  }

  [[nodiscard]] simdjson::dom::object object() const { return object_; }

 private:
  [[noreturn]] void refuse_type(std::string_view name, std::string_view type) const {
    refuse(fmt::format("{}.{} is not {}", what_, name, type));
  }

  std::string what_;
  simdjson::dom::object object_;
};

Package read_package(simdjson::dom::element element) {
  const Fields fields(element, "package");
  Package package{.type = fields.text("type"),
                  .name = fields.text("name"),
                  .version = fields.text("version"),
                  .source = fields.text("source"),
                  .source_version = fields.text("sourceVersion"),
                  .architecture = fields.text("architecture"),
                  .module = fields.text("module"),
                  .purl = fields.text("purl"),
                  .layer = fields.text("layer"),
                  .path = fields.text("path"),
                  .found_by = fields.text("foundBy")};
  if (package.type.empty() || package.name.empty()) refuse("a package without type or name");
  return package;
}

ScanWarning read_warning(simdjson::dom::element element) {
  const Fields fields(element, "warning");
  ScanWarning warning{.reason = fields.text("reason"),
                      .path = fields.text("path"),
                      .message = fields.text("message"),
                      .count = fields.number("count", 1),
                      .makes_incomplete = fields.flag("incomplete", true)};
  if (warning.reason.empty()) refuse("a warning without reason");
  return warning;
}

template <typename Item, typename Read>
std::vector<Item> read_array(const Fields& fields, std::string_view name, std::size_t items_max, Read read) {
  simdjson::dom::element element;
  if (fields.object()[name].get(element) != simdjson::SUCCESS) refuse(fmt::format("no {}", name));
  simdjson::dom::array array;
  if (element.get_array().get(array) != simdjson::SUCCESS) refuse(fmt::format("{} is not an array", name));
  std::vector<Item> items;
  for (simdjson::dom::element item : array) {
    if (items.size() == items_max) {
      throw base::LimitExceeded(fmt::format("inventory: more than {} {}", items_max, name));
    }
    items.push_back(read(item));
  }
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

Distribution read_distribution(const Fields& fields) {
  simdjson::dom::element element;
  if (fields.object()["distribution"].get(element) != simdjson::SUCCESS) return {};
  const Fields distribution(element, "distribution");
  return {.id = distribution.text("id"),
          .version_id = distribution.text("versionId"),
          .codename = distribution.text("codename"),
          .pretty_name = distribution.text("prettyName")};
}

std::optional<ProgramCoverage> read_programs(const Fields& fields) {
  simdjson::dom::element element;
  if (fields.object()["programs"].get(element) != simdjson::SUCCESS) return std::nullopt;
  const Fields programs(element, "programs");
  ProgramCoverage coverage{.bytes = programs.number("bytes", 0), .known_bytes = programs.number("knownBytes", 0)};
  if (coverage.known_bytes > coverage.bytes) refuse("more bytes of programs are known than there are");
  simdjson::dom::array list;
  if (programs.object()["unknown"].get_array().get(list) != simdjson::SUCCESS) return coverage;
  for (simdjson::dom::element item : list) {
    if (coverage.unknown.size() == kUnknownProgramsMax) refuse("too many unknown programs");
    const Fields program(item, "an unknown program");
    coverage.unknown.push_back({.path = program.text("path"), .bytes = program.number("bytes", 0)});
  }
  return coverage;
}

}  // namespace

std::string write_inventory(const Inventory& inventory) {
  std::string out = dump(head_json(inventory));
  out.pop_back();  // the closing brace comes after the arrays
  append_array(out, "packages", inventory.packages, package_json);
  append_array(out, "warnings", inventory.warnings, warning_json);
  out += '}';
  return out;
}

Inventory parse_inventory(std::string_view json) {
  if (json.size() > kInventoryBytesMax) {
    throw base::LimitExceeded(fmt::format("inventory: {} bytes, at most {} are read", json.size(), kInventoryBytesMax));
  }
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.allocate(std::max<std::size_t>(json.size(), 64), kDepthMax) != simdjson::SUCCESS) {
    refuse("no memory to parse it");
  }
  if (const simdjson::error_code error = parser.parse(json.data(), json.size()).get(root)) {
    refuse(simdjson::error_message(error));
  }
  const Fields fields(root, "inventory");
  if (fields.number("version", 0) != kVersion) refuse("not version 1");
  Inventory inventory{.digest = fields.text("digest"),
                      .platform = fields.text("platform"),
                      .distribution = read_distribution(fields),
                      .packages = read_array<Package>(fields, "packages", kInventoryPackagesMax, read_package),
                      .warnings = read_array<ScanWarning>(fields, "warnings", kInventoryWarningsMax, read_warning),
                      .programs = read_programs(fields),
                      .complete = fields.flag("complete", false),
                      .compressed_bytes = fields.number("compressedBytes", 0),
                      .scanner_version = fields.text("scannerVersion")};
  const bool incomplete = std::any_of(inventory.warnings.begin(), inventory.warnings.end(),
                                      [](const ScanWarning& warning) { return warning.makes_incomplete; });
  if (inventory.complete && incomplete) refuse("complete, and yet a warning that says otherwise");
  return inventory;
}

}  // namespace scanner
