// Feeds in, one signed database file out. docs/formats/database.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "scanner/advisories/database.h"
#include "scanner/advisories/feed_pairs.h"

namespace scanner::advisories {

// Reads "FORMAT:PATH" as the command line has it. Throws base::ConfigError that lists the formats.
[[nodiscard]] BuildSource parse_build_source(std::string_view text);

struct BuildProgress {
  std::string source;  // "osv:npm.zip"; empty while the database is written
  std::string stage;   // "read", "write", "sign"
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};

struct BuildRequest {
  std::vector<BuildSource> sources;
  ReadFeed read_feed = read_feed_pairs;
  std::string key_path;     // private key, as make_signing_key() wrote it
  std::string output_path;  // replaced at the end, in one step
  std::function<void(const BuildProgress&)> on_progress;
  std::function<void(const FeedNote&)> on_note;
};

struct BuildResult {
  DatabaseInfo info;
  std::uint64_t notes = 0;
};

// Builds beside the output and renames when everything is written, synced and signed: whatever fails, a database that
// was there stays. The content depends on the sources alone; the generation is above that of the file it replaces.
// Throws what `read_feed` throws, base::ConfigError for a key or output that cannot be used.
[[nodiscard]] BuildResult build_database(const BuildRequest& request, const base::Clock& clock);

}  // namespace scanner::advisories
