#include "crds/columns.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "crds/derived_text.h"

namespace crds {

namespace {

using nlohmann::json;

bool is_table(const json& value) {
  return value.is_array() && !value.empty() &&
         std::ranges::all_of(value, [](const json& item) { return item.is_object(); });
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

// A text, or a list of texts; anything else stays as it is.
void shorten_texts(json& value, const std::vector<std::string>& others) {
  if (value.is_string()) value = shorten(value.get_ref<const std::string&>(), others);
  if (!value.is_array()) return;
  for (json& item : value) {
    if (item.is_string()) item = shorten(item.get_ref<const std::string&>(), others);
  }
}

void shorten_derived(json& row, const std::vector<std::string>& names) {
  if (std::ranges::none_of(names, is_derived)) return;
  const std::vector<std::string> others = base_texts(row, names);
  for (const std::string& name : names) {
    if (is_derived(name) && row.contains(name)) shorten_texts(row[name], others);
  }
}

json columns_of(const json& table) {
  const std::vector<std::string> names = column_names(table);
  json columns = json::object();
  for (const std::string& name : names) columns[name] = json::array();
  for (json row : table) {
    shorten_derived(row, names);
    for (const std::string& name : names)
      columns[name].push_back(row.contains(name) ? to_columns(row[name]) : json(nullptr));
  }
  return {{kRowsMember, table.size()}, {kColumnsMember, columns}};
}

}  // namespace

json to_columns(const json& value) {
  if (is_table(value)) return columns_of(value);
  json result = value;
  if (value.is_structured()) {
    for (auto& item : result) item = to_columns(item);
  }
  return result;
}

}  // namespace crds
