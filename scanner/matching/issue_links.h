// Where a person reads about an issue.
#pragma once

#include <string>
#include <string_view>

namespace scanner::matching {

// The distribution's own page for its packages, else that of whoever gave the id.
[[nodiscard]] std::string issue_url(std::string_view ecosystem, std::string_view id);

}  // namespace scanner::matching
