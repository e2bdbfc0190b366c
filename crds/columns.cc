#include "crds/columns.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "crds/derived_text.h"

namespace crds {

namespace {

using nlohmann::json;

constexpr const char* kRows = "$rows";
constexpr const char* kColumns = "$columns";
constexpr int kDepthMax = 64;
// What rows may grow to: a count of rows with few columns is a few bytes, the rows are not.
constexpr std::uint64_t kValuesMax = 4'000'000;
constexpr std::uint64_t kDerivedTotalMax = std::uint64_t{64} << 20;

bool is_table(const json& value) {
  return value.is_array() && !value.empty() &&
         std::ranges::all_of(value, [](const json& item) { return item.is_object(); });
}

// Members that are mostly made of others of the same object.
bool is_derived(const std::string& name) {
  return name == "purl" || name == "purls" || name == "url";
}

std::vector<std::string> column_names(const json& table) {
  std::set<std::string> names;
  for (const json& row : table) {
    for (const auto& member : row.items()) names.insert(member.key());
  }
  return {names.begin(), names.end()};
}

// What derived members of a row may refer to: its other texts, in the order of the columns; empty where a row has none.
std::vector<std::string> base_texts(const json& row, const std::vector<std::string>& names) {
  std::vector<std::string> texts;
  for (const std::string& name : names) {
    if (is_derived(name)) continue;
    const auto value = row.find(name);
    texts.push_back(value != row.end() && value->is_string() ? value->get<std::string>() : std::string{});
  }
  return texts;
}

using Rewrite = std::string (*)(std::string_view, const std::vector<std::string>&);

// A text, or a list of texts; anything else stays as it is.
void rewrite(json& value, const std::vector<std::string>& others, Rewrite use) {
  if (value.is_string()) value = use(value.get_ref<const std::string&>(), others);
  if (!value.is_array()) return;
  for (json& item : value) {
    if (item.is_string()) item = use(item.get_ref<const std::string&>(), others);
  }
}

void rewrite_derived(json& row, const std::vector<std::string>& names, Rewrite use) {
  if (std::ranges::none_of(names, is_derived)) return;
  const std::vector<std::string> others = base_texts(row, names);
  for (const std::string& name : names) {
    if (is_derived(name) && row.contains(name)) rewrite(row[name], others, use);
  }
}

json columns_of(const json& table) {
  const std::vector<std::string> names = column_names(table);
  json columns = json::object();
  for (const std::string& name : names) columns[name] = json::array();
  for (json row : table) {
    rewrite_derived(row, names, shorten);
    for (const std::string& name : names)
      columns[name].push_back(row.contains(name) ? to_columns(row[name]) : json(nullptr));
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
    std::vector<std::string> names;
    for (const auto& [name, column] : columns.items()) {
      if (!column.is_array() || column.size() != rows) malformed();
      names.push_back(name);
      for (std::size_t row = 0; row < rows; ++row) {
        if (!column[row].is_null()) result[row][name] = expand(column[row], depth + 1);
      }
    }
    for (json& row : result) {
      rewrite_derived(row, names, lengthen);
      for (const std::string& name : names) {
        if (is_derived(name) && row.contains(name)) count_bytes(row[name]);
      }
    }
    return result;
  }

  void count(std::uint64_t values) {
    if (values > kValuesMax - values_) throw base::LimitExceeded("packed field: more than 4000000 values");
    values_ += values;
  }
  // References are small and what they stand for is not.
  void count_bytes(const json& value) {
    if (value.is_string()) bytes_ += value.get_ref<const std::string&>().size();
    if (value.is_array()) {
      for (const json& item : value) count_bytes(item);
    }
    if (bytes_ > kDerivedTotalMax) throw base::LimitExceeded("packed field: derived texts of more than 64 MiB");
  }
  [[noreturn]] static void malformed() { throw base::ParseError("packed field: malformed columns"); }

  std::uint64_t values_ = 0;
  std::uint64_t bytes_ = 0;
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

json from_columns(const json& columns) {
  return Expansion().expand(columns, 0);
}

}  // namespace crds
