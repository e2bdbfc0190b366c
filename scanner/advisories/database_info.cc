#include "scanner/advisories/database_info.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "scanner/advisories/database_keys.h"

namespace scanner::advisories {

std::string format_database_info(const DatabaseInfo& info) {
  nlohmann::json sources = nlohmann::json::array();
  for (const DatabaseSource& source : info.sources) {
    sources.push_back(
        {{"name", source.name}, {"format", source.format}, {"records", source.records}, {"newest", source.newest}});
  }
  return nlohmann::json{{"formatVersion", info.format_version},
                        {"generation", info.generation},
                        {"builtAt", info.built_at},
                        {"advisories", info.advisories},
                        {"sources", sources}}
      .dump();
}

// An adapter of nlohmann's exceptions.
DatabaseInfo parse_database_info(std::string_view json, const std::string& path) try {
  const nlohmann::json record = nlohmann::json::parse(json);
  DatabaseInfo info;
  info.format_version = record.at("formatVersion").get<int>();
  if (info.format_version != kDatabaseFormatVersion) {
    throw base::ParseError(fmt::format("opening database {}: format version {}, this program reads {}", path,
                                       info.format_version, kDatabaseFormatVersion));
  }
  info.generation = record.at("generation").get<std::uint64_t>();
  info.built_at = record.at("builtAt").get<std::string>();
  info.advisories = record.at("advisories").get<std::uint64_t>();
  for (const nlohmann::json& source : record.at("sources")) {
    info.sources.push_back({.name = source.at("name").get<std::string>(),
                            .format = source.at("format").get<std::string>(),
                            .records = source.at("records").get<std::uint64_t>(),
                            .newest = source.at("newest").get<std::string>()});
  }
  return info;
} catch (const nlohmann::json::exception& error) {
  throw base::ParseError(fmt::format("opening database {}: its information record is damaged: {}", path, error.what()));
}

}  // namespace scanner::advisories
