#include "net/json_writer.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "net/json.h"

namespace net {
namespace {

constexpr std::size_t kIndent = 2;

}  // namespace

void JsonWriter::key(std::string_view name) {
  CHECK(depth_ > 0 && !is_behind_key_);
  begin_value();
  append_json_string(text_, name);
  text_ += layout_ == Layout::kIndented ? ": " : ":";
  is_behind_key_ = true;
}

void JsonWriter::value(std::string_view text) {
  begin_value();
  append_json_string(text_, text);
}

void JsonWriter::value(double number) {
  CHECK(std::isfinite(number));
  append(nlohmann::json(number).dump());
}

std::string JsonWriter::take() {
  CHECK(depth_ == 0 && !is_behind_key_);
  is_empty_ = true;
  return std::exchange(text_, {});
}

void JsonWriter::begin_value() {
  if (is_behind_key_) {
    is_behind_key_ = false;
    return;
  }
  if (depth_ == 0) {
    CHECK(text_.empty());  // a text is one value
    return;
  }
  if (!is_empty_) text_ += ',';
  is_empty_ = false;
  begin_line();
}

void JsonWriter::begin_line() {
  if (layout_ != Layout::kIndented) return;
  text_ += '\n';
  text_.append(depth_ * kIndent, ' ');
}

void JsonWriter::append(std::string_view token) {
  begin_value();
  text_ += token;
}

void JsonWriter::open(char bracket) {
  begin_value();
  text_ += bracket;
  ++depth_;
  is_empty_ = true;
}

void JsonWriter::close(char bracket) {
  CHECK(depth_ > 0 && !is_behind_key_);
  --depth_;
  if (!is_empty_) begin_line();
  text_ += bracket;
  is_empty_ = false;
}

}  // namespace net
