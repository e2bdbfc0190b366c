// JSON written as it is told, so that no tree of it is built: a report of 15,000 packages is its text and nothing
// beside. The text is what nlohmann::json's dump() writes of the same value.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <string>
#include <string_view>

namespace net {

// One JSON text, RFC 8259. Members and items are told between the braces that hold them:
//
//   JsonWriter json(JsonWriter::Layout::kIndented);
//   json.object([&] {
//     json.field("digest", inventory.digest);
//     json.array("packages", inventory.packages, write_package);  // void write_package(JsonWriter&, const Package&)
//   });
//   return json.take();
//
// Names are not looked at: to tell one once is the caller's part, as is to tell them in an object alone. Not
// thread-safe.
class JsonWriter {
 public:
  // Without a blank; or each member and item on a line of its own, two blanks deeper than what holds it.
  enum class Layout : std::uint8_t { kOneLine, kIndented };

  explicit JsonWriter(Layout layout) : layout_(layout) {}

  // The name of the member whose value comes next.
  void key(std::string_view name);

  // A value: an item of an array, or what a key names. What is not UTF-8 becomes U+FFFD.
  void value(std::string_view text);
  // A decimal number that reads back as the same: with a point from 1e-4 up to below 1e15, with an exponent past these.
  // Must be finite.
  void value(double number);
  void value(std::same_as<bool> auto flag) { append(flag ? "true" : "false"); }
  void value(std::same_as<std::nullptr_t> auto /*null*/) { append("null"); }
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  void value(Number number) {
    append(std::to_string(number));
  }

  template <typename Value>
  void field(std::string_view name, const Value& content) {
    key(name);
    value(content);
  }

  // `content` writes the members, or the items.
  template <std::invocable Content>
  void object(const Content& content) {
    open('{');
    content();
    close('}');
  }
  template <std::invocable Content>
  void array(const Content& content) {
    open('[');
    content();
    close(']');
  }
  template <std::invocable Content>
  void object(std::string_view name, const Content& content) {
    key(name);
    object(content);
  }
  template <std::invocable Content>
  void array(std::string_view name, const Content& content) {
    key(name);
    array(content);
  }

  // An array of what write(json, item) writes of each item; without `write` the items are values themselves.
  template <std::ranges::range Items, typename Write>
  void array(std::string_view name, const Items& items, const Write& write) {
    array(name, [&] {
      for (const auto& item : items) write(*this, item);
    });
  }
  template <std::ranges::range Items>
  void array(std::string_view name, const Items& items) {
    array(name, items, [](JsonWriter& json, const auto& item) { json.value(item); });
  }

  // The whole text; the writer is empty behind it. Everything that was opened must be closed.
  [[nodiscard]] std::string take();

 private:
  void begin_value();
  void begin_line();
  void append(std::string_view token);
  void open(char bracket);
  void close(char bracket);

  Layout layout_;
  std::string text_;
  std::size_t depth_ = 0;
  bool is_empty_ = true;  // the innermost object or array has no member or item yet
  bool is_behind_key_ = false;
};

}  // namespace net
