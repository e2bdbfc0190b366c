// Pages about an issue, for a person. They are kept by the id of the record, once for all its packages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scanner::advisories {

// Whether it is an address of a page, of at most kReferenceBytesMax printable bytes.
[[nodiscard]] bool is_reference(std::string_view text);

// Adds what is one and is not there yet, up to kReferencesMax in all: who calls first is kept.
void add_references(std::vector<std::string>& references, const std::vector<std::string>& more);

}  // namespace scanner::advisories
