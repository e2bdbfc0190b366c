// The names of one issue: feeds give it different ones, and a record tells those that it knows.
#pragma once

#include <set>
#include <string>

#include "scanner/advisories/advisory.h"

namespace scanner::matching {

// The record's id and its aliases.
[[nodiscard]] std::set<std::string> names_of(const advisories::Advisory& record);

}  // namespace scanner::matching
