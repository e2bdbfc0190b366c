// A database's own description as JSON: part of a scan's result and of `pratique database info`.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "scanner/advisories/database.h"

namespace cli {

[[nodiscard]] nlohmann::ordered_json database_json(const scanner::advisories::DatabaseInfo& database);

}  // namespace cli
