// One page of a list, read as it arrives: one item is held at a time, as text and then as a tree, whatever the page's
// size.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace kubernetes {

struct ListPage {
  std::string resource_version;
  std::string continue_token;  // empty on the last page
};

// Follows the nesting of JSON text without reading it; the text may be cut anywhere.
class JsonNesting {
 public:
  // Takes bytes up to the next bracket or brace outside of strings, that one included, and returns how many; all of
  // them where there is none, and bracket() is 0 then.
  std::size_t take(std::string_view bytes);
  [[nodiscard]] char bracket() const { return bracket_; }
  [[nodiscard]] int depth() const { return depth_; }

 private:
  // Where the string that `at` lies in ends: at its quote, or at the end of the bytes.
  [[nodiscard]] std::size_t end_of_string(std::string_view bytes, std::size_t at);

  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  char bracket_ = 0;
};

// Not thread-safe.
class ListReader {
 public:
  // Called for each object in `items`; what it throws reaches the caller of feed().
  using OnItem = std::function<void(nlohmann::json item)>;

  explicit ListReader(OnItem on_item) : on_item_(std::move(on_item)) {}

  // The next piece of the text. Throws base::ParseError for what is no list and base::LimitExceeded for an item above
  // kObjectBytesMax or too deep, or for more than kListEnvelopeBytesMax around the items; some items may have been
  // handed out by then.
  void feed(std::span<const char> piece);
  // When all has come. Throws base::ParseError when that was not a list with a resourceVersion.
  [[nodiscard]] ListPage finish() const;

 private:
  enum class Place { kEnvelope, kBeforeItem, kItem, kAfterItem };

  [[nodiscard]] std::size_t take_envelope(std::string_view bytes);
  [[nodiscard]] std::size_t take_between_items(std::string_view bytes);
  [[nodiscard]] std::size_t take_item(std::string_view bytes);

  OnItem on_item_;
  JsonNesting nesting_;
  Place place_ = Place::kEnvelope;
  std::string envelope_;  // everything but the items and what separates them
  std::string item_;      // as far as it has come
};

}  // namespace kubernetes
