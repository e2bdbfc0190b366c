#include "cli/database_json.h"

namespace cli {
namespace {

void write_source(net::JsonWriter& json, const scanner::advisories::DatabaseSource& source) {
  json.object([&] {
    json.field("name", source.name);
    json.field("format", source.format);
    json.field("records", source.records);
    json.field("newest", source.newest);
  });
}

}  // namespace

void write_database(net::JsonWriter& json, const scanner::advisories::DatabaseInfo& database) {
  json.field("formatVersion", database.format_version);
  json.field("generation", database.generation);
  json.field("builtAt", database.built_at);
  json.field("advisories", database.advisories);
  json.field("bytes", database.bytes);
  json.array("sources", database.sources, write_source);
}

}  // namespace cli
