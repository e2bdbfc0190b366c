// A scan result as the objects that the operator would have made of it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"

namespace cli {

// The ImageReport, and an ImageScan of `image` in each namespace. Throws base::ParseError for what is no scan result
// and for an image that has no name in a registry.
[[nodiscard]] std::vector<nlohmann::json> objects_of_scan(const std::string& image, const nlohmann::json& result,
                                                          const std::set<std::string>& namespaces,
                                                          base::SystemTime now);

}  // namespace cli
