// The one form of a record that the database stores, whatever feed it came from.
#pragma once

#include <string_view>

#include "scanner/advisories/advisory.h"

namespace scanner::advisories {

// Sorts and dedupes lists, drops the record's id from its aliases and listed versions that an interval holds already,
// cuts and escapes the title, and writes dates in RFC 3339 in UTC; what is no date is left away. `place` names the
// record in errors. Throws base::ParseError for a record without id or package, base::LimitExceeded past limits.h.
void normalise_record(Advisory& advisory, std::string_view place);

}  // namespace scanner::advisories
