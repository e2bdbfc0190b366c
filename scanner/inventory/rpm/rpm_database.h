// The databases in which rpm keeps the headers of what is installed. Each reader is given the whole file and hands over
// one header after the other; none ever writes.
#pragma once

#include <functional>
#include <string_view>

#include "scanner/inventory/package_text.h"

namespace scanner::inventory {

// Called with each header; the view lives as long as the call. What it throws goes through.
using OnRpmHeader = std::function<void(std::string_view header)>;

// All throw base::ParseError for a file that is no database of their kind; what is wrong with a part of it is added to
// `broken`, and the rest is read.

// Berkeley DB, hash method: var/lib/rpm/Packages of rpm up to 4.15. Read without its library, which is not built to be
// given hostile files; the layout is that of dbinc/db_page.h of Berkeley DB 4 and 5.
void read_berkeley_database(std::string_view content, const OnRpmHeader& on_header, BrokenParts& broken);

// ndb: Packages.db of SUSE. The layout is that of lib/backend/ndb/rpmpkg.c.
void read_ndb_database(std::string_view content, const OnRpmHeader& on_header, BrokenParts& broken);

// SQLite: rpmdb.sqlite of rpm since 4.16, by SQLite itself on a copy in memory, read-only and bounded in its steps.
void read_sqlite_database(std::string_view content, const OnRpmHeader& on_header, BrokenParts& broken);

}  // namespace scanner::inventory
