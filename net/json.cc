#include "net/json.h"

#include <simdjson.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"

namespace net {

namespace {

using nlohmann::json;

[[noreturn]] void refuse_duplicate(std::string_view what, std::string_view name) {
  throw base::ParseError(std::string(what) + ": the key \"" + base::escape_text(name, 100) + "\" occurs twice");
}

[[noreturn]] void refuse_depth(std::string_view what, JsonBounds bounds) {
  throw base::LimitExceeded(std::string(what) + ": JSON is nested deeper than " + std::to_string(bounds.depth_max) +
                            " levels");
}

// Counts the values that are made.
class ValueCount {
 public:
  ValueCount(std::string_view what, JsonBounds bounds) : what_(what), left_(bounds.values_max), bounds_(bounds) {}

  void add() {
    if (left_-- > 0) return;
    throw base::LimitExceeded(std::string(what_) + ": JSON of more than " + std::to_string(bounds_.values_max) +
                              " values");
  }

 private:
  std::string_view what_;
  std::size_t left_;
  JsonBounds bounds_;
};

// Builds the value from the parser's events; the depth is checked before a level is made.
class BoundedBuilder final : public nlohmann::json_sax<json> {
 public:
  BoundedBuilder(std::string_view what, JsonBounds bounds) : what_(what), bounds_(bounds), count_(what, bounds) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& value) override { return add(std::move(value)); }

  bool start_object(std::size_t /*elements*/) override { return open(json::object()); }
  bool start_array(std::size_t /*elements*/) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (bounds_.duplicate_keys == DuplicateKeys::kReject && levels_.back()->contains(name)) {
      refuse_duplicate(what_, name);
    }
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    throw base::ParseError(what_ + ": malformed JSON at byte " + std::to_string(position));
  }

  [[nodiscard]] json take() { return std::move(root_); }

 private:
  json* place(json value) {
    count_.add();
    if (levels_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& parent = *levels_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }

  bool add(json value) {
    place(std::move(value));
    return true;
  }

  bool open(json value) {
    if (levels_.size() >= static_cast<std::size_t>(bounds_.depth_max)) refuse_depth(what_, bounds_);
    // The addresses stay valid: a parent is not touched until its child is closed.
    levels_.push_back(place(std::move(value)));
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  std::string what_;
  JsonBounds bounds_;
  ValueCount count_;
  json root_;
  std::vector<json*> levels_;
  std::string key_;
};

}  // namespace

namespace {

// Of a text whose parser is kept for the thread's next one: a parser holds fifteen times as many bytes.
constexpr std::size_t kKeptParserBytesMax = 64 << 10;

// Makes the value of what simdjson has read: the text is well-formed, and its bounds are still to be judged.
class BoundedCopy {
 public:
  BoundedCopy(std::string_view what, JsonBounds bounds) : what_(what), bounds_(bounds), count_(what, bounds) {}

  [[nodiscard]] json copy(const simdjson::dom::element& element, int depth) {
    count_.add();
    switch (element.type()) {
      case simdjson::dom::element_type::OBJECT:
        return copy_object(element, depth);
      case simdjson::dom::element_type::ARRAY:
        return copy_array(element, depth);
      case simdjson::dom::element_type::STRING:
        return std::string(std::string_view(element));
      case simdjson::dom::element_type::INT64: {
        // Without a sign it is a natural number, whatever it fits into.
        const std::int64_t number = element;
        return number < 0 ? json(number) : json(static_cast<std::uint64_t>(number));
      }
      case simdjson::dom::element_type::UINT64:
        return std::uint64_t(element);
      case simdjson::dom::element_type::DOUBLE:
        return double(element);
      case simdjson::dom::element_type::BOOL:
        return bool(element);
      case simdjson::dom::element_type::NULL_VALUE:
        return nullptr;
    }
    CHECK(false);
  }

 private:
  [[nodiscard]] json copy_object(const simdjson::dom::object& object, int depth) {
    check_depth(depth);
    json value = json::object();
    auto& members = value.get_ref<json::object_t&>();
    for (const auto& [name, member] : object) {
      const auto [place, is_new] = members.emplace(std::string(name), nullptr);
      if (!is_new && bounds_.duplicate_keys == DuplicateKeys::kReject) refuse_duplicate(what_, name);
      place->second = copy(member, depth + 1);
    }
    return value;
  }

  [[nodiscard]] json copy_array(const simdjson::dom::array& array, int depth) {
    check_depth(depth);
    json value = json::array();
    for (const simdjson::dom::element& element : array) value.push_back(copy(element, depth + 1));
    return value;
  }

  void check_depth(int depth) const {
    if (depth >= bounds_.depth_max) refuse_depth(what_, bounds_);
  }

  std::string_view what_;
  JsonBounds bounds_;
  ValueCount count_;
};

// Nullopt for what simdjson does not read.
std::optional<json> read_fast(std::string_view text, std::string_view what, JsonBounds bounds) {
  thread_local simdjson::dom::parser kept;
  simdjson::dom::parser own;
  simdjson::dom::parser& parser = text.size() <= kKeptParserBytesMax ? kept : own;
  simdjson::dom::element root;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  return BoundedCopy(what, bounds).copy(root, 0);
}

}  // namespace

// The slow reader says what is wrong, and reads integers that simdjson finds too long.
nlohmann::json parse_json_bounded(std::string_view text, std::string_view what, JsonBounds bounds) {
  if (std::optional<json> value = read_fast(text, what, bounds)) return *std::move(value);
  BoundedBuilder builder(what, bounds);
  json::sax_parse(text, &builder);
  return builder.take();
}

namespace {

template <typename IsWanted>
const nlohmann::json* member_of(const nlohmann::json& object, const char* name, IsWanted is_wanted) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && is_wanted(*found) ? &*found : nullptr;
}

}  // namespace

std::string text_at(const nlohmann::json& object, const char* name) {
  const nlohmann::json* text = member_of(object, name, [](const nlohmann::json& value) { return value.is_string(); });
  return text == nullptr ? std::string() : text->get<std::string>();
}

const nlohmann::json& object_at(const nlohmann::json& object, const char* name) {
  static const nlohmann::json kNothing;
  const nlohmann::json* found = member_of(object, name, [](const nlohmann::json& value) { return value.is_object(); });
  return found == nullptr ? kNothing : *found;
}

const nlohmann::json& list_at(const nlohmann::json& object, const char* name) {
  static const nlohmann::json kEmpty = nlohmann::json::array();
  const nlohmann::json* found = member_of(object, name, [](const nlohmann::json& value) { return value.is_array(); });
  return found == nullptr ? kEmpty : *found;
}

void append_json_string(std::string& out, std::string_view text) {
  const std::size_t begin = out.size();
  out += '"';
  for (std::string_view rest = text;;) {
    const auto* special =
        std::ranges::find_if(rest, [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; });
    const auto plain = static_cast<std::size_t>(special - rest.begin());
    out.append(rest.substr(0, plain));
    if (plain == rest.size()) break;
    if (*special != '"' && *special != '\\' && *special != '\n') {
      // Rare enough to begin again, by somebody who knows all the rest.
      out.resize(begin);
      out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
      return;
    }
    out += '\\';
    out += *special == '\n' ? 'n' : *special;
    rest.remove_prefix(plain + 1);
  }
  out += '"';
}

}  // namespace net
