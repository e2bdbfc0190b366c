// JSON feeds by simdjson's DOM (On-Demand does not see what is malformed behind the last field read). For the .cc files
// of this folder alone.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scanner::advisories {

namespace dom = simdjson::dom;

// Keeps its memory from document to document. Not thread-safe.
class JsonDocument {
 public:
  explicit JsonDocument(std::size_t bytes_max) : parser_(bytes_max) {}

  // The top object; lives until the next call. `place` names the document in errors. Throws base::ParseError with the
  // line for what is not a JSON object, base::LimitExceeded above the maximum.
  [[nodiscard]] dom::object parse(std::string_view json, std::string_view place);

 private:
  dom::parser parser_;
};

// Absent and null are the same in every feed seen; a value of another type than the schema's is taken as absent too,
// but for the fields without which the record says nothing.
inline std::string_view text_of(const dom::object& object, const char* name) {
  std::string_view value;
  return object[name].get(value) == simdjson::SUCCESS ? value : std::string_view{};
}

inline std::optional<dom::object> object_of(const dom::object& object, const char* name) {
  dom::object value;
  if (object[name].get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

inline std::vector<dom::element> items_of(const dom::object& object, const char* name) {
  dom::array values;
  if (object[name].get(values) != simdjson::SUCCESS) return {};
  return {values.begin(), values.end()};
}

inline std::vector<dom::object> objects_of(const dom::object& object, const char* name) {
  std::vector<dom::object> result;
  for (const dom::element& item : items_of(object, name)) {
    dom::object value;
    if (item.get(value) == simdjson::SUCCESS) result.push_back(value);
  }
  return result;
}

inline std::vector<std::string> texts_of(const dom::object& object, const char* name) {
  std::vector<std::string> result;
  for (const dom::element& item : items_of(object, name)) {
    std::string_view value;
    if (item.get(value) == simdjson::SUCCESS) result.emplace_back(value);
  }
  return result;
}

}  // namespace scanner::advisories
