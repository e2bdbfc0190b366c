#include "net/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"

namespace net {

namespace {

using nlohmann::json;

// Builds the value from the parser's events; the depth is checked before a level is made.
class BoundedBuilder final : public nlohmann::json_sax<json> {
 public:
  BoundedBuilder(std::string_view what, JsonBounds bounds) : what_(what), bounds_(bounds) {}

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
      throw base::ParseError(what_ + ": the key \"" + base::escape_text(name, 100) + "\" occurs twice");
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
    if (levels_.size() >= static_cast<std::size_t>(bounds_.depth_max)) {
      throw base::LimitExceeded(what_ + ": JSON is nested deeper than " + std::to_string(bounds_.depth_max) +
                                " levels");
    }
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
  json root_;
  std::vector<json*> levels_;
  std::string key_;
};

}  // namespace

nlohmann::json parse_json_bounded(std::string_view text, std::string_view what, JsonBounds bounds) {
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
