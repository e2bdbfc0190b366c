// What an issue is called, looked up when somebody is told of it: reports do not carry what the database knows.
#pragma once

#include <string>
#include <string_view>

#include "scanner/advisories/database.h"

namespace scanner::matching {

// Where an issue was found.
struct IssuePlace {
  std::string_view id;
  std::string_view package;  // source package for deb and apk
  std::string_view purl;     // of a package that carries it; says the distribution
};

// One line for a person; empty when the database has no word of the issue.
[[nodiscard]] std::string issue_title(const advisories::Database& database, const IssuePlace& place);

}  // namespace scanner::matching
