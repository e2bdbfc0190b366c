// Files of rpm made byte by byte: headers, and the databases that hold them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

// A file of a package, as headers have it: its directory is a number in a list.
struct RpmFile {
  std::uint32_t directory = 0;
  std::string name;
};

struct RpmTags {
  std::string name;
  std::string version;
  std::string release;
  std::uint32_t epoch = 0;  // 0: not written
  std::string architecture = "x86_64";
  std::string source_rpm{};
  std::string module{};
  std::vector<std::string> directories{};
  std::vector<RpmFile> files{};
};

[[nodiscard]] std::string rpm_header(const RpmTags& tags);
// Pages of 4096 bytes; each header behind a chain of overflow pages.
[[nodiscard]] std::string berkeley_database(const std::vector<std::string>& headers);
[[nodiscard]] std::string ndb_database(const std::vector<std::string>& headers);
// Made by SQLite; `schema` creates the table.
[[nodiscard]] std::string sqlite_database(const std::vector<std::string>& headers,
                                          std::string_view schema =
                                              "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, "
                                              "blob BLOB NOT NULL)");

}  // namespace tests
