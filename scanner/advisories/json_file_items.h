// A feed that is one large JSON document in a file.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

// Reads the items of a file (JsonItems) one by one: `array` names the member that holds them, empty for the members of
// the top object. `place` tells the file and the item's number. Throws as JsonItems and UnpackedFile do.
void read_json_items(const std::string& path, const std::string& array, const FeedReader& reader,
                     const std::function<void(const std::string& place, std::string_view json)>& on_item);

}  // namespace scanner::advisories
