// A database's own description as JSON: part of a scan's result and of `pratique database info`.
#pragma once

#include "net/json_writer.h"
#include "scanner/advisories/database.h"

namespace cli {

// Its members, into the object that is open.
void write_database(net::JsonWriter& json, const scanner::advisories::DatabaseInfo& database);

}  // namespace cli
