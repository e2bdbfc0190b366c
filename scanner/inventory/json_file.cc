#include "scanner/inventory/json_file.h"

#include <fmt/format.h>

#include "base/error.h"
#include "scanner/inventory/limits.h"

namespace scanner::inventory {

nlohmann::json parse_json_file(std::string_view content) {
  bool too_deep = false;
  const auto check_depth = [&](int depth, nlohmann::json::parse_event_t /*event*/, nlohmann::json& /*value*/) {
    too_deep = too_deep || depth > kJsonDepthMax;
    return !too_deep;
  };
  nlohmann::json document = nlohmann::json::parse(content, check_depth, false, true);
  if (too_deep) throw base::ParseError(fmt::format("nested deeper than {}", kJsonDepthMax));
  if (!document.is_object() && !document.is_array()) throw base::ParseError("not JSON");
  return document;
}

const nlohmann::json& member_of(const nlohmann::json& object, const char* name) {
  static const nlohmann::json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

std::string text_member_of(const nlohmann::json& object, const char* name) {
  const nlohmann::json& value = member_of(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

}  // namespace scanner::inventory
