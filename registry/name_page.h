// A page of what a registry lists: the names of its repositories (distribution's catalogue) or of a repository's tags
// (OCI distribution specification, "Content Discovery"). Private to registry/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace registry {

enum class ListKind { kRepositories, kTags };

// In the page's order, those that are no names left out. Throws base::ParseError for what is no such page,
// base::LimitExceeded for one of too many values.
[[nodiscard]] std::vector<std::string> parse_name_page(std::string_view body, ListKind kind);

}  // namespace registry
