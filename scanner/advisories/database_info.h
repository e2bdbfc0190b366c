// The database's own record about itself, as JSON; docs/formats/database.md.
#pragma once

#include <string>
#include <string_view>

#include "scanner/advisories/database.h"

namespace scanner::advisories {

[[nodiscard]] std::string format_database_info(const DatabaseInfo& info);

// `path` is for errors. Throws base::ParseError for what is not such a record or of another format version.
[[nodiscard]] DatabaseInfo parse_database_info(std::string_view json, const std::string& path);

}  // namespace scanner::advisories
