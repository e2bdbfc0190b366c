// JSON files of images, as documents.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace scanner::inventory {

// Throws base::ParseError for what is not a JSON object or array, or nests deeper than kJsonDepthMax;
// base::LimitExceeded for one whose values would take more than kJsonMemoryBytesMax. Takes linear time, and memory once
// both were judged.
[[nodiscard]] nlohmann::json parse_json_file(std::string_view content);

// The member; null where there is none or the value is no object.
[[nodiscard]] const nlohmann::json& member_of(const nlohmann::json& object, const char* name);
// The same of a text; empty where there is none.
[[nodiscard]] std::string text_member_of(const nlohmann::json& object, const char* name);

}  // namespace scanner::inventory
