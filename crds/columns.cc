#include "crds/columns.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/error.h"

namespace crds {

namespace {

using nlohmann::json;

constexpr const char* kRows = "$rows";
constexpr const char* kColumns = "$columns";
constexpr int kDepthMax = 64;
// What rows may grow to: a count of rows with few columns is a few bytes, the rows are not.
constexpr std::uint64_t kValuesMax = 4'000'000;

bool is_table(const json& value) {
  return value.is_array() && !value.empty() &&
         std::ranges::all_of(value, [](const json& item) { return item.is_object(); });
}

json columns_of(const json& table) {
  std::set<std::string> names;
  for (const json& row : table) {
    for (const auto& member : row.items()) names.insert(member.key());
  }
  json columns = json::object();
  for (const std::string& name : names) {
    json& column = columns[name] = json::array();
    for (const json& row : table) column.push_back(row.contains(name) ? to_columns(row[name]) : json(nullptr));
  }
  return {{kRows, table.size()}, {kColumns, columns}};
}

class Expansion {
 public:
  json expand(const json& value, int depth) {
    if (depth > kDepthMax) throw base::LimitExceeded("packed field: more than 64 levels");
    count(1);
    if (value.is_object() && value.contains(kColumns)) return rows_of(value, depth);
    json result = value;
    if (value.is_structured()) {
      for (auto& item : result) item = expand(item, depth + 1);
    }
    return result;
  }

 private:
  json rows_of(const json& table, int depth) {
    const json& columns = table[kColumns];
    if (!columns.is_object() || !table.contains(kRows) || !table[kRows].is_number_unsigned()) malformed();
    const auto rows = table[kRows].get<std::uint64_t>();
    count(rows);
    json result = json::array();
    result.get_ref<json::array_t&>().resize(rows, json::object());
    for (const auto& [name, column] : columns.items()) {
      if (!column.is_array() || column.size() != rows) malformed();
      for (std::size_t row = 0; row < rows; ++row) {
        if (!column[row].is_null()) result[row][name] = expand(column[row], depth + 1);
      }
    }
    return result;
  }

  void count(std::uint64_t values) {
    if (values > kValuesMax - values_) throw base::LimitExceeded("packed field: more than 4000000 values");
    values_ += values;
  }
  [[noreturn]] static void malformed() { throw base::ParseError("packed field: malformed columns"); }

  std::uint64_t values_ = 0;
};

}  // namespace

json to_columns(const json& value) {
  if (is_table(value)) return columns_of(value);
  json result = value;
  if (value.is_structured()) {
    for (auto& item : result) item = to_columns(item);
  }
  return result;
}

json from_columns(const json& columns) { return Expansion().expand(columns, 0); }

}  // namespace crds
