#include "kubernetes/list_page.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "kubernetes/limits.h"
#include "kubernetes/resource.h"
#include "net/json.h"

namespace kubernetes {
namespace {

// Inside the brackets of {"items": [{...}]}.
constexpr int kItemsDepth = 2;
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view without_blanks(std::string_view text) {
  const std::size_t last = text.find_last_not_of(kBlanks);
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

// Whether the text ends with `"items" : [`, and that is a key.
bool begins_items(std::string_view text) {
  constexpr std::string_view kKey = "\"items\"";
  text = without_blanks(text.substr(0, text.size() - 1));
  if (!text.ends_with(':')) return false;
  text = without_blanks(text.substr(0, text.size() - 1));
  return text.ends_with(kKey) && !text.substr(0, text.size() - kKey.size()).ends_with('\\');
}

void append_bounded(std::string& to, std::string_view bytes, std::size_t bytes_max, const char* what) {
  if (to.size() + bytes.size() > bytes_max) {
    throw base::LimitExceeded(std::string("list: ") + what + " of more than " + std::to_string(bytes_max) + " bytes");
  }
  to += bytes;
}

}  // namespace

std::size_t JsonNesting::take(std::string_view bytes) {
  bracket_ = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (in_string_) {
      at = end_of_string(bytes, at);
      if (at == bytes.size()) return at;
    }
    switch (bytes[at]) {
      case '"':
        in_string_ = !in_string_;
        break;
      case '{':
      case '[':
        ++depth_;
        bracket_ = bytes[at];
        return at + 1;
      case '}':
      case ']':
        --depth_;
        bracket_ = bytes[at];
        return at + 1;
      default:
        break;
    }
  }
  return bytes.size();
}

// Most of a list is long strings without an escape, so quotes are looked for and what stands before them is counted.
std::size_t JsonNesting::end_of_string(std::string_view bytes, std::size_t at) {
  if (std::exchange(escaped_, false)) ++at;
  for (;;) {
    const std::size_t end = std::min(bytes.find('"', at), bytes.size());
    std::size_t before = end;
    while (before > at && bytes[before - 1] == '\\') --before;
    const bool is_escaped = (end - before) % 2 != 0;
    if (end == bytes.size()) {
      escaped_ = is_escaped;
      return end;
    }
    if (!is_escaped) return end;
    at = end + 1;
  }
}

void ListReader::feed(std::span<const char> piece) {
  std::string_view bytes(piece.data(), piece.size());
  while (!bytes.empty()) {
    switch (place_) {
      case Place::kEnvelope:
        bytes.remove_prefix(take_envelope(bytes));
        break;
      case Place::kBeforeItem:
      case Place::kAfterItem:
        bytes.remove_prefix(take_between_items(bytes));
        break;
      case Place::kItem:
        bytes.remove_prefix(take_item(bytes));
        break;
    }
  }
}

std::size_t ListReader::take_envelope(std::string_view bytes) {
  const std::size_t taken = nesting_.take(bytes);
  append_bounded(envelope_, bytes.substr(0, taken), kListEnvelopeBytesMax, "metadata");
  if (nesting_.bracket() == '[' && nesting_.depth() == kItemsDepth && begins_items(envelope_)) {
    place_ = Place::kBeforeItem;
  }
  return taken;
}

std::size_t ListReader::take_between_items(std::string_view bytes) {
  const char next = bytes.front();
  if (kBlanks.find(next) != std::string_view::npos) return 1;
  if (next == ',' && place_ == Place::kAfterItem) {
    place_ = Place::kBeforeItem;
    return 1;
  }
  if (next == ']') {
    place_ = Place::kEnvelope;
    return take_envelope(bytes.substr(0, 1));
  }
  if (next != '{' || place_ != Place::kBeforeItem) throw base::ParseError("list: its items are not a list of objects");
  place_ = Place::kItem;
  return take_item(bytes.substr(0, 1));
}

std::size_t ListReader::take_item(std::string_view bytes) {
  const std::size_t taken = nesting_.take(bytes);
  append_bounded(item_, bytes.substr(0, taken), kObjectBytesMax, "an object");
  const bool closes = nesting_.bracket() == '}' || nesting_.bracket() == ']';
  if (!closes || nesting_.depth() > kItemsDepth) return taken;
  place_ = Place::kAfterItem;
  on_item_(net::parse_json_bounded(item_, "list item",
                                   {.depth_max = kObjectDepthMax, .duplicate_keys = net::DuplicateKeys::kLastWins}));
  item_.clear();
  return taken;
}

ListPage ListReader::finish() const {
  const nlohmann::json list = nlohmann::json::parse(envelope_, nullptr, false);
  if (list.is_discarded() || !list.is_object()) throw base::ParseError("list: the answer is not a JSON object");
  ListPage page{.resource_version = resource_version_of(list), .continue_token = {}};
  if (page.resource_version.empty()) throw base::ParseError("list: the answer has no resourceVersion");
  const nlohmann::json& metadata = list.at("metadata");
  const auto next = metadata.find("continue");
  if (next != metadata.end() && next->is_string()) page.continue_token = next->get<std::string>();
  return page;
}

}  // namespace kubernetes
