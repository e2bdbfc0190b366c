// The Link field of a paged list (RFC 8288).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace registry {

// The target of the first link whose relation is "next", as it stands there; nullopt where there is none that can be
// read.
[[nodiscard]] std::optional<std::string> next_link(std::string_view field);

}  // namespace registry
