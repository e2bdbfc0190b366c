#include "net/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "net/json.h"

namespace net {
namespace {

constexpr std::size_t kIndent = 2;
// The longest double, "-2.2250738585072014e-308", has 24 characters.
constexpr std::size_t kNumberBytesMax = 32;

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
  std::array<char, kNumberBytesMax> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const std::string_view shortest(digits.data(), static_cast<std::size_t>(end - digits.data()));
  append(shortest);
  if (shortest.find_first_of(".e") == std::string_view::npos) text_ += ".0";
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
