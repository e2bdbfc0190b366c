#include "scanner/inventory/json_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "scanner/inventory/limits.h"

namespace scanner::inventory {
namespace {

// What nlohmann's values take by glibc's malloc: an object is a map and an array a vector behind a pointer; a member is
// a node with its key. A vector that grows has up to twice the room that it needs.
constexpr std::size_t kValueBytes = 32;
constexpr std::size_t kMemberBytes = 80;
constexpr std::size_t kObjectBytes = 64;
constexpr std::size_t kArrayBytes = 32;
constexpr std::size_t kTextBytes = 48;

// Of a text that does not fit into the string itself.
std::size_t heap_bytes(std::size_t size) {
  constexpr std::size_t kInlineMax = 15;
  return size <= kInlineMax ? 0 : size + kValueBytes;
}

// Walks a document without making it: how deep it is, and what memory it would take. A parser that asks back as it goes
// takes quadratic time: at the end of each object it walks the array that the object stands in.
class Survey final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return spend(kValueBytes); }
  bool boolean(bool /*value*/) override { return spend(kValueBytes); }
  bool number_integer(number_integer_t /*value*/) override { return spend(kValueBytes); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return spend(kValueBytes); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return spend(kValueBytes); }
  bool binary(binary_t& /*value*/) override { return spend(kValueBytes); }
  bool string(string_t& value) override { return spend_text(kValueBytes + kTextBytes, value.size()); }
  bool key(string_t& name) override { return spend_text(kMemberBytes, name.size()); }
  bool start_object(std::size_t /*elements*/) override { return enter() && spend(kValueBytes + kObjectBytes); }
  bool start_array(std::size_t /*elements*/) override { return enter() && spend(kValueBytes + kArrayBytes); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  static constexpr std::size_t kBytesMax = kJsonMemoryBytesMax;

  bool spend(std::size_t bytes) {
    bytes_ += bytes;
    if (bytes_ <= kBytesMax) return true;
    throw base::LimitExceeded(fmt::format("a document whose values take more than {} bytes", kBytesMax));
  }
  // The parser gathers each text in a buffer that doubles, which stays as large as the longest one made it.
  bool spend_text(std::size_t bytes, std::size_t size) {
    if (size > longest_) bytes_ += 2 * (size - longest_);
    longest_ = std::max(longest_, size);
    return spend(bytes + heap_bytes(size));
  }
  bool enter() {
    if (++depth_ <= kJsonDepthMax) return true;
    throw base::ParseError(fmt::format("nested deeper than {}", kJsonDepthMax));
  }
  bool leave() {
    --depth_;
    return true;
  }

  std::size_t bytes_ = 0;
  std::size_t longest_ = 0;
  int depth_ = 0;
};

}  // namespace

nlohmann::json parse_json_file(std::string_view content) {
  constexpr bool kToTheEnd = true;
  constexpr bool kThrow = false;
  constexpr bool kWithComments = true;
  Survey survey;
  const bool is_json =
      nlohmann::json::sax_parse(content, &survey, nlohmann::json::input_format_t::json, kToTheEnd, kWithComments);
  nlohmann::json document = is_json ? nlohmann::json::parse(content, nullptr, kThrow, kWithComments) : nlohmann::json();
  if (!document.is_object() && !document.is_array()) throw base::ParseError("not JSON");
  return document;
}

const nlohmann::json& member_of(const nlohmann::json& object, const char* name) {
  static const nlohmann::json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(name);
  return found == object.end() ? kNothing : *found;
}

std::string text_member_of(const nlohmann::json& object, const char* name) {
  const nlohmann::json& value = member_of(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

}  // namespace scanner::inventory
