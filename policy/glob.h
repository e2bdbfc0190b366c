// The one pattern language of policies and exceptions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace policy {

// `*` stands for any run of characters, '/' included, `?` for one; everything else for itself. Takes time proportional
// to the product of both lengths at most.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view text);

// Whether any pattern matches.
[[nodiscard]] bool any_glob_matches(const std::vector<std::string>& patterns, std::string_view text);

// As any_glob_matches() for package URLs: a pattern also matches the URL without its qualifiers, or without its version
// and qualifiers.
[[nodiscard]] bool any_glob_matches_purl(const std::vector<std::string>& patterns, std::string_view purl);

}  // namespace policy
