#include "scanner/report_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "net/json_writer.h"

namespace scanner {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kStringBytesMax = 4096;
constexpr std::size_t kUnknownPathBytesMax = 512;
constexpr std::size_t kDepthMax = 8;

using net::JsonWriter;

void write_text(JsonWriter& json, std::string_view name, std::string_view value) {
  if (!value.empty()) json.field(name, value);
}

// Members stand in the order of their names, but for the arrays at the end: records of layers and attestations hold
// these bytes.
void write_package(JsonWriter& json, const Package& package) {
  json.object([&] {
    write_text(json, "architecture", package.architecture);
    write_text(json, "foundBy", package.found_by);
    write_text(json, "layer", package.layer);
    write_text(json, "module", package.module);
    write_text(json, "name", package.name);
    write_text(json, "path", package.path);
    write_text(json, "purl", package.purl);
    write_text(json, "source", package.source);
    write_text(json, "sourceVersion", package.source_version);
    write_text(json, "type", package.type);
    write_text(json, "version", package.version);
  });
}

void write_warning(JsonWriter& json, const ScanWarning& warning) {
  json.object([&] {
    json.field("count", warning.count);
    json.field("incomplete", warning.makes_incomplete);
    write_text(json, "message", warning.message);
    write_text(json, "path", warning.path);
    write_text(json, "reason", warning.reason);
  });
}

void write_distribution(JsonWriter& json, const Distribution& distribution) {
  write_text(json, "codename", distribution.codename);
  write_text(json, "id", distribution.id);
  write_text(json, "prettyName", distribution.pretty_name);
  write_text(json, "versionId", distribution.version_id);
}

void write_unknown_program(JsonWriter& json, const UnknownProgram& program) {
  json.object([&] {
    json.field("bytes", program.bytes);
    json.field("path", base::escape_text(program.path, kUnknownPathBytesMax));
  });
}

void write_programs(JsonWriter& json, const ProgramCoverage& programs) {
  json.field("bytes", programs.bytes);
  json.field("knownBytes", programs.known_bytes);
  json.array("unknown", programs.unknown, write_unknown_program);
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
  JsonWriter json(JsonWriter::Layout::kOneLine);
  json.object([&] {
    json.field("complete", inventory.complete);
    json.field("compressedBytes", inventory.compressed_bytes);
    json.field("digest", inventory.digest);
    json.object("distribution", [&] { write_distribution(json, inventory.distribution); });
    json.field("platform", inventory.platform);
    if (inventory.programs) json.object("programs", [&] { write_programs(json, *inventory.programs); });
    json.field("scannerVersion", inventory.scanner_version);
    json.field("version", kVersion);
    json.array("packages", inventory.packages, write_package);
    json.array("warnings", inventory.warnings, write_warning);
  });
  return json.take();
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
