// A JSON document too large to be held, cut into its items: documents of their own, which a parser then checks.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace scanner::advisories {

// Takes a document in pieces. Not thread-safe.
class JsonItems {
 public:
  struct Form {
    std::string place;  // for errors
    std::string array;  // the member whose elements are the items; empty: each member is one, as {"name": value}
    std::size_t item_bytes_max = 0;
  };
  // `on_item` is called with the text of each item, in order; the text is valid during the call.
  JsonItems(Form form, std::function<void(std::string_view json)> on_item);

  // Throws base::ParseError for what is not a JSON object (what is inside of an item is not looked at),
  // base::LimitExceeded for an item that is too large, and what `on_item` throws.
  void parse(std::string_view bytes);
  // At the document's end. Throws base::ParseError when it is not complete, or has not the array.
  void finish() const;

 private:
  void take(char letter);
  void open(char letter);
  void close(char letter);
  void keep(char letter);
  void emit();
  [[nodiscard]] bool is_wanted_array(char letter) const;

  Form form_;
  std::function<void(std::string_view)> on_item_;
  int item_depth_;  // 1: members, 2: elements of an array
  int depth_ = 0;
  bool in_text_ = false;  // between quotation marks
  bool is_escaped_ = false;
  bool in_array_ = false;  // the one that is wanted
  bool seen_array_ = false;
  bool ended_ = false;
  std::string item_;
};

}  // namespace scanner::advisories
