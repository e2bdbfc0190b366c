#include "cli/database_json.h"

#include <nlohmann/json.hpp>

namespace cli {

nlohmann::ordered_json database_json(const scanner::advisories::DatabaseInfo& database) {
  nlohmann::ordered_json sources = nlohmann::ordered_json::array();
  for (const auto& source : database.sources) {
    sources.push_back(
        {{"name", source.name}, {"format", source.format}, {"records", source.records}, {"newest", source.newest}});
  }
  return {
      {"formatVersion", database.format_version}, {"generation", database.generation}, {"builtAt", database.built_at},
      {"advisories", database.advisories},        {"bytes", database.bytes},           {"sources", sources}};
}

}  // namespace cli
