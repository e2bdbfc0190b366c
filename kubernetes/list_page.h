// One page of a list, read item by item, so that only one item at a time is held as a tree.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace kubernetes {

struct ListPage {
  std::string resource_version;
  std::string continue_token;  // empty on the last page
};

// Calls `on_item` for each object in `items`. Throws base::ParseError when the text is not a list with a
// resourceVersion; some items may have been handed out by then.
[[nodiscard]] ListPage parse_list_page(std::string_view text, const std::function<void(nlohmann::json)>& on_item);

}  // namespace kubernetes
