// The advisory database: one file, signed, read-only. docs/formats/database.md. Opening checks header and size;
// the signature is verified once, before a file is installed or opened for the first time
// (scanner/advisories/signature.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/advisories/advisory.h"

namespace scanner::advisories {

struct DatabaseSource {
  std::string name;    // "osv:npm.zip"
  std::string format;  // "osv"
  std::uint64_t records = 0;
  std::string newest;  // RFC 3339 of the newest record; empty where the feed does not say
};

struct DatabaseInfo {
  int format_version = 0;
  std::uint64_t generation = 0;  // max(UTC seconds, last + 1)
  std::string built_at;
  std::vector<DatabaseSource> sources;
  std::uint64_t advisories = 0;
  std::uint64_t bytes = 0;
};

// Thread-safe: any number of threads may look up at once.
class Database {
 public:
  // Throws base::ConfigError (missing), base::ParseError (not a database, truncated, other format version).
  [[nodiscard]] static std::shared_ptr<const Database> open(const std::string& path);
  ~Database();

  [[nodiscard]] const DatabaseInfo& info() const;
  // All records about a package, in the order of their ids. `ecosystem` as Advisory::ecosystem.
  [[nodiscard]] std::vector<Advisory> find(std::string_view ecosystem, std::string_view package) const;
  // Whether any source covers this ecosystem: without one, packages of it were not looked at.
  [[nodiscard]] bool covers(std::string_view ecosystem) const;
  // What attackers make of a CVE; empty where no source says anything.
  [[nodiscard]] Threat threat_of(std::string_view cve) const;
  // What NVD and those who number CVEs say of the issue itself, whatever package has it.
  [[nodiscard]] std::vector<Rating> issue_ratings_of(std::string_view cve) const;
  // Ratings of any record with this id or alias, for records that carry no severity of their own.
  [[nodiscard]] std::vector<Rating> ratings_of(std::string_view id) const;
  // Pages about the issue that a record with this id names, for a person.
  [[nodiscard]] std::vector<std::string> references_of(std::string_view id) const;

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace scanner::advisories
