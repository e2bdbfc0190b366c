#include "scanner/advisories/json_items.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace scanner::advisories {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(kBlanks) == std::string_view::npos;
}

}  // namespace

JsonItems::JsonItems(Form form, std::function<void(std::string_view)> on_item)
    : form_(std::move(form)), on_item_(std::move(on_item)), item_depth_(form_.array.empty() ? 1 : 2) {}

void JsonItems::parse(std::string_view bytes) {
  for (const char letter : bytes) take(letter);
}

void JsonItems::finish() const {
  if (!ended_) throw base::ParseError(fmt::format("reading {}: the JSON document is cut off or empty", form_.place));
  if (item_depth_ == 2 && !seen_array_) {
    throw base::ParseError(fmt::format("reading {}: no array \"{}\" in it", form_.place, form_.array));
  }
}

void JsonItems::take(char letter) {
  if (in_text_) {
    if (!is_escaped_ && letter == '"') in_text_ = false;
    is_escaped_ = !is_escaped_ && letter == '\\';
    return keep(letter);
  }
  const bool blank = kBlanks.find(letter) != std::string_view::npos;
  if ((depth_ == 0 && letter != '{' && !blank) || (ended_ && !blank)) {
    throw base::ParseError(fmt::format("reading {}: not a JSON object", form_.place));
  }
  if (letter == '{' || letter == '[') return open(letter);
  if (letter == '}' || letter == ']') return close(letter);
  if (letter == ',' && depth_ <= item_depth_) return emit();
  in_text_ = letter == '"';
  if (depth_ > 0) keep(letter);
}

void JsonItems::open(char letter) {
  if (depth_ == 1 && item_depth_ == 2) {
    in_array_ = is_wanted_array(letter);
    seen_array_ = seen_array_ || in_array_;
    item_.clear();
  } else if (depth_ > 0) {
    keep(letter);
  }
  ++depth_;
}

void JsonItems::close(char letter) {
  if (depth_ <= item_depth_) emit();
  --depth_;
  if (depth_ == 1 && item_depth_ == 2) in_array_ = false;
  ended_ = depth_ == 0;
  if (depth_ >= item_depth_) keep(letter);
}

void JsonItems::keep(char letter) {
  // At depth 1 the name of a member is kept, to know the array by.
  if (depth_ >= item_depth_ && item_depth_ == 2 && !in_array_) return;
  item_.push_back(letter);
  if (item_.size() > form_.item_bytes_max) {
    throw base::LimitExceeded(
        fmt::format("reading {}: a record of more than {} bytes", form_.place, form_.item_bytes_max));
  }
}

void JsonItems::emit() {
  const bool is_item = depth_ == item_depth_ && (item_depth_ == 1 || in_array_) && !is_blank(item_);
  if (is_item) on_item_(item_depth_ == 1 ? "{" + item_ + "}" : item_);
  item_.clear();
}

bool JsonItems::is_wanted_array(char letter) const {
  std::string_view name = item_;
  const auto trim = [&name] {
    const std::size_t first = name.find_first_not_of(kBlanks);
    name.remove_prefix(std::min(first, name.size()));
    const std::size_t last = name.find_last_not_of(kBlanks);
    name = name.substr(0, last == std::string_view::npos ? 0 : last + 1);
  };
  trim();
  if (letter != '[' || !name.ends_with(':')) return false;
  name.remove_suffix(1);
  trim();
  return name == "\"" + form_.array + "\"";
}

}  // namespace scanner::advisories
