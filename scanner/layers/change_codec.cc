#include "scanner/layers/change_codec.h"

#include "scanner/layers/image_path.h"

namespace scanner::layers {
namespace {

void write_package(base::FieldWriter& writer, const Package& package) {
  for (const std::string* text :
       {&package.type, &package.name, &package.version, &package.source, &package.source_version, &package.architecture,
        &package.module, &package.purl, &package.layer, &package.path, &package.found_by}) {
    writer.text(*text);
  }
}

Package read_package(base::FieldReader& reader) {
  Package package;
  for (std::string* text :
       {&package.type, &package.name, &package.version, &package.source, &package.source_version, &package.architecture,
        &package.module, &package.purl, &package.layer, &package.path, &package.found_by}) {
    *text = reader.text();
  }
  return package;
}

void write_extraction(base::FieldWriter& writer, const Extraction& extraction) {
  writer.number(extraction.packages.size());
  for (const Package& package : extraction.packages) write_package(writer, package);
  write_warnings(writer, extraction.warnings);
  writer.number(extraction.distribution ? 1 : 0);
  if (extraction.distribution) {
    const Distribution& distribution = *extraction.distribution;
    for (const std::string* text :
         {&distribution.id, &distribution.version_id, &distribution.codename, &distribution.pretty_name}) {
      writer.text(*text);
    }
  }
  writer.texts(extraction.owned_files);
  writer.number(extraction.is_locked ? 1 : 0);
}

Extraction read_extraction(base::FieldReader& reader) {
  Extraction extraction;
  for (std::size_t left = reader.count(); left > 0; --left) extraction.packages.push_back(read_package(reader));
  extraction.warnings = read_warnings(reader);
  if (reader.number() != 0) {
    Distribution& distribution = extraction.distribution.emplace();
    for (std::string* text :
         {&distribution.id, &distribution.version_id, &distribution.codename, &distribution.pretty_name}) {
      *text = reader.text();
    }
  }
  extraction.owned_files = reader.texts();
  extraction.is_locked = reader.number() != 0;
  return extraction;
}

void write_path(base::FieldWriter& writer, const std::string& path, std::string& last_path) {
  const std::size_t shared = common_bytes(path, last_path);
  writer.number(shared);
  writer.text(std::string_view(path).substr(shared));
  last_path = path;
}

void read_path(base::FieldReader& reader, std::string& last_path) {
  const std::uint64_t shared = reader.number();
  reader.require(shared <= last_path.size());
  last_path.resize(shared);
  last_path.append(reader.text());
}

bool has_text(LayerChange::Kind kind) {
  using Kind = LayerChange::Kind;
  return kind == Kind::kKeptFile || kind == Kind::kSymbolicLink || kind == Kind::kHardLink;
}

// What the kind alone does not tell: bits above it, in the number that begins a change.
constexpr std::uint64_t kHasExtraction = 0x10;
constexpr std::uint64_t kIsUnsupported = 0x20;
constexpr std::uint64_t kIsProgram = 0x40;
constexpr std::uint64_t kFlags = kHasExtraction | kIsUnsupported | kIsProgram;

}  // namespace

void write_change(base::FieldWriter& writer, const LayerChange& change, std::string& last_path) {
  writer.number(static_cast<std::uint64_t>(change.kind) | (change.extraction ? kHasExtraction : 0) |
                (change.unsupported_kind.empty() ? 0 : kIsUnsupported) | (change.program_bytes == 0 ? 0 : kIsProgram));
  write_path(writer, change.path, last_path);
  if (has_text(change.kind)) writer.text(change.text);
  if (change.extraction) write_extraction(writer, *change.extraction);
  if (!change.unsupported_kind.empty()) writer.text(change.unsupported_kind);
  if (change.program_bytes != 0) writer.number(change.program_bytes);
}

LayerChange read_change(base::FieldReader& reader, std::string& last_path) {
  const std::uint64_t head = reader.number();
  reader.require((head & ~kFlags) <= static_cast<std::uint64_t>(LayerChange::Kind::kNothing));
  LayerChange change{.kind = static_cast<LayerChange::Kind>(head & ~kFlags)};
  read_path(reader, last_path);
  reader.require(!last_path.empty() && normal_path(last_path) == last_path);
  change.path = last_path;
  if (has_text(change.kind)) change.text = reader.text();
  if ((head & kHasExtraction) != 0) change.extraction = read_extraction(reader);
  reader.require(change.extraction.has_value() || change.kind != LayerChange::Kind::kReadFile);
  if ((head & kIsUnsupported) != 0) change.unsupported_kind = reader.text();
  if ((head & kIsProgram) != 0) change.program_bytes = reader.number();
  return change;
}

void write_warnings(base::FieldWriter& writer, const std::vector<ScanWarning>& warnings) {
  writer.number(warnings.size());
  for (const ScanWarning& warning : warnings) {
    writer.text(warning.reason);
    writer.text(warning.path);
    writer.text(warning.message);
    writer.number(warning.count);
    writer.number(warning.makes_incomplete ? 1 : 0);
  }
}

std::vector<ScanWarning> read_warnings(base::FieldReader& reader) {
  std::vector<ScanWarning> warnings;
  for (std::size_t left = reader.count(); left > 0; --left) {
    ScanWarning& warning = warnings.emplace_back();
    warning.reason = reader.text();
    warning.path = reader.text();
    warning.message = reader.text();
    warning.count = reader.number();
    warning.makes_incomplete = reader.number() != 0;
  }
  return warnings;
}

}  // namespace scanner::layers
