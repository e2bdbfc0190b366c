#include "scanner/advisories/json_document.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace scanner::advisories {

namespace {

// simdjson does not say where a document is broken; nlohmann's reader does. Used for broken documents alone.
struct ErrorPlace : nlohmann::json_sax<nlohmann::json> {
  std::size_t position = 0;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::json::exception&) override {
    position = at;
    return false;
  }
};

std::string where_broken(std::string_view json) {
  ErrorPlace place;
  if (nlohmann::json::sax_parse(json, &place)) return {};
  const std::string_view before = json.substr(0, place.position);
  return fmt::format("line {}: ", std::ranges::count(before, '\n') + 1);
}

}  // namespace

dom::object JsonDocument::parse(std::string_view json, std::string_view place) {
  if (json.size() > parser_.max_capacity()) {
    throw base::LimitExceeded(
        fmt::format("reading {}: {} bytes of JSON, at most {} are read", place, json.size(), parser_.max_capacity()));
  }
  dom::element root;
  dom::object object;
  simdjson::error_code error = parser_.parse(json.data(), json.size()).get(root);
  if (error != simdjson::SUCCESS) {
    throw base::ParseError(
        fmt::format("reading {}: {}not JSON: {}", place, where_broken(json), simdjson::error_message(error)));
  }
  error = root.get(object);
  if (error != simdjson::SUCCESS) throw base::ParseError(fmt::format("reading {}: not a JSON object", place));
  return object;
}

}  // namespace scanner::advisories
