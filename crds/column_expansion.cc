// The reading half of crds/columns.h.
#include <fmt/core.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "crds/columns.h"
#include "crds/derived_text.h"

namespace crds {

namespace {

namespace dom = simdjson::dom;

constexpr int kDepthMax = 64;
// A table is three levels of JSON.
constexpr std::size_t kJsonDepthMax = 3 * kDepthMax + 1;
// What rows may grow to: a count of rows with few columns is a few bytes, the rows are not.
constexpr std::uint64_t kValuesMax = 4'000'000;
constexpr std::uint64_t kDerivedTotalMax = std::uint64_t{64} << 20;

[[noreturn]] void malformed() {
  throw base::ParseError("packed field: malformed columns");
}

void append_string(std::string& out, std::string_view text) {
  const bool stands_for_itself = std::ranges::all_of(
      text, [](char c) { return (static_cast<unsigned char>(c) >= 0x20) && c != '"' && c != '\\'; });
  if (stands_for_itself) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

struct Column {
  std::string_view name;
  bool derived = false;
  dom::array::iterator at;  // the value of the row that is being written
};

class Expansion {
 public:
  void write(dom::element value, int depth) {
    if (depth > kDepthMax) throw base::LimitExceeded("packed field: more than 64 levels");
    count(1);
    switch (value.type()) {
      case dom::element_type::OBJECT:
        return write_object(value.get_object().value_unsafe(), depth);
      case dom::element_type::ARRAY:
        return write_list(value.get_array().value_unsafe(), depth);
      case dom::element_type::STRING:
        return append_string(out_, value.get_string().value_unsafe());
      default:
        out_ += simdjson::to_string(value);
    }
  }

  [[nodiscard]] std::string text() && { return std::move(out_); }

 private:
  void write_object(dom::object object, int depth) {
    dom::element columns;
    if (object[kColumnsMember].get(columns) == simdjson::SUCCESS) return write_table(object, columns, depth);
    char before = '{';
    for (const auto& [name, value] : object) {
      out_ += before;
      append_string(out_, name);
      out_ += ':';
      write(value, depth + 1);
      before = ',';
    }
    out_ += before == '{' ? "{}" : "}";
  }

  void write_list(dom::array list, int depth) {
    char before = '[';
    for (const dom::element item : list) {
      out_ += before;
      write(item, depth + 1);
      before = ',';
    }
    out_ += before == '[' ? "[]" : "]";
  }

  void write_table(dom::object table, dom::element of_columns, int depth) {
    std::uint64_t rows = 0;
    dom::object members;
    if (of_columns.get(members) != simdjson::SUCCESS || table[kRowsMember].get(rows) != simdjson::SUCCESS) malformed();
    count(rows);
    std::vector<Column> columns;
    for (const auto& [name, value] : members) {
      dom::array values;
      if (value.get(values) != simdjson::SUCCESS || values.size() != rows) malformed();
      columns.push_back({.name = name, .derived = is_derived(name), .at = values.begin()});
    }
    char before = '[';
    for (std::uint64_t row = 0; row < rows; ++row) {
      out_ += before;
      write_row(columns, depth);
      before = ',';
    }
    out_ += before == '[' ? "[]" : "]";
  }

  void write_row(std::vector<Column>& columns, int depth) {
    note_base_texts(columns);
    char before = '{';
    for (Column& column : columns) {
      const dom::element value = *column.at;
      ++column.at;
      if (value.is_null()) continue;
      out_ += before;
      append_string(out_, column.name);
      out_ += ':';
      column.derived ? write_derived(value, depth + 1) : write(value, depth + 1);
      before = ',';
    }
    out_ += before == '{' ? "{}" : "}";
  }

  // What derived members of the row may refer to: its other texts, in the order of the columns; empty where it has
  // none.
  void note_base_texts(const std::vector<Column>& columns) {
    base_texts_.clear();
    if (std::ranges::none_of(columns, &Column::derived)) return;
    for (const Column& column : columns) {
      if (column.derived) continue;
      std::string_view text;
      base_texts_.emplace_back((*column.at).get(text) == simdjson::SUCCESS ? text : std::string_view());
    }
  }

  // A text, or a list of texts; anything else is as it is.
  void write_derived(dom::element value, int depth) {
    dom::array list;
    if (value.is_string()) return write_lengthened(value);
    if (value.get(list) != simdjson::SUCCESS) return write(value, depth);
    count(1);
    char before = '[';
    for (const dom::element item : list) {
      out_ += before;
      item.is_string() ? write_lengthened(item) : write(item, depth + 1);
      before = ',';
    }
    out_ += before == '[' ? "[]" : "]";
  }

  void write_lengthened(dom::element value) {
    count(1);
    const std::string text = lengthen(value.get_string().value_unsafe(), base_texts_);
    // References are small and what they stand for is not.
    bytes_ += text.size();
    if (bytes_ > kDerivedTotalMax) throw base::LimitExceeded("packed field: derived texts of more than 64 MiB");
    append_string(out_, text);
  }

  void count(std::uint64_t values) {
    if (values > kValuesMax - values_) throw base::LimitExceeded("packed field: more than 4000000 values");
    values_ += values;
  }

  std::string out_;
  std::vector<std::string> base_texts_;  // of the row that is being written
  std::uint64_t values_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::string expand_columns(std::string_view columns) {
  dom::parser parser;
  dom::element root;
  const simdjson::error_code allocated = parser.allocate(std::max<std::size_t>(columns.size(), 64), kJsonDepthMax);
  const simdjson::error_code error =
      allocated != simdjson::SUCCESS ? allocated : parser.parse(columns.data(), columns.size()).get(root);
  if (error == simdjson::DEPTH_ERROR) throw base::LimitExceeded("packed field: more than 64 levels");
  if (error != simdjson::SUCCESS) {
    throw base::ParseError(fmt::format("packed field: not JSON inside: {}", simdjson::error_message(error)));
  }
  Expansion expansion;
  expansion.write(root, 0);
  return std::move(expansion).text();
}

}  // namespace crds
