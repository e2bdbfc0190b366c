// How the structs of this folder become bytes and back, for a process's own memory: the same visit_fields() that JSON
// goes by, without names, a third of a struct's size. The form changes with the structs and is never stored or sent.
// For the .cc files of crds/ alone.
#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/packed_fields.h"

namespace crds {

class BytesWriter {
 public:
  template <typename T>
  void operator()(const char* /*name*/, const T& value) {
    write(value);
  }
  [[nodiscard]] std::string take() { return out_.take(); }

 private:
  void write(const std::string& value) { out_.text(value); }
  void write(bool value) { out_.number(value ? 1 : 0); }
  void write(double value) { out_.number(std::bit_cast<std::uint64_t>(value)); }
  // Small numbers of either sign are short: 0, -1, 1, -2 become 0, 1, 2, 3.
  void write(std::int64_t value) {
    out_.number((static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void write(const std::map<std::string, std::string>& values) {
    out_.number(values.size());
    for (const auto& [name, value] : values) {
      out_.text(name);
      out_.text(value);
    }
  }
  template <typename T>
  void write(const std::optional<T>& value) {
    write(value.has_value());
    if (value) write(*value);
  }
  template <typename T>
  void write(const std::vector<T>& values) {
    out_.number(values.size());
    for (const T& value : values) write(value);
  }
  template <typename T>
  void write(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      out_.number(static_cast<std::uint64_t>(value));
    } else {
      visit_fields(*this, value);
    }
  }

  base::FieldWriter out_;
};

// Whether its values are 0, 1, 2, ... in this order.
template <typename E>
[[nodiscard]] constexpr bool is_counted() {
  constexpr auto words = enum_words(E{});
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (static_cast<std::size_t>(words[at].first) != at) return false;
  }
  return true;
}

// Throws base::ParseError for what a BytesWriter did not write.
class BytesReader {
 public:
  explicit BytesReader(std::string_view bytes) : in_(bytes, "object as bytes: damaged") {}

  template <typename T>
  void operator()(const char* /*name*/, T& value) {
    read(value);
  }
  void finish() const { in_.finish(); }

 private:
  void read(std::string& value) { value = in_.text(); }
  void read(bool& value) { value = in_.number() != 0; }
  void read(double& value) { value = std::bit_cast<double>(in_.number()); }
  void read(std::int64_t& value) {
    const std::uint64_t number = in_.number();
    value = static_cast<std::int64_t>((number >> 1U) ^ (0 - (number & 1U)));
  }
  void read(std::map<std::string, std::string>& values) {
    for (std::size_t left = in_.count(); left > 0; --left) {
      const std::string_view name = in_.text();
      values.emplace_hint(values.end(), name, in_.text());
    }
  }
  template <typename T>
  void read(std::optional<T>& value) {
    bool is_there = false;
    read(is_there);
    if (is_there) read(value.emplace());
  }
  template <typename T>
  void read(std::vector<T>& values) {
    values.resize(in_.count());
    for (T& value : values) read(value);
  }
  template <typename T>
  void read(T& value) {
    if constexpr (std::is_enum_v<T>) {
      static_assert(is_counted<T>());
      value = in_.word(static_cast<T>(enum_words(T{}).size() - 1));
    } else {
      visit_fields(*this, value);
    }
  }

  base::FieldReader in_;
};

template <typename T>
[[nodiscard]] std::string written_bytes(const T& value) {
  BytesWriter writer;
  visit_fields(writer, value);
  return writer.take();
}

template <typename T>
[[nodiscard]] T read_bytes(std::string_view bytes) {
  T value;
  BytesReader reader(bytes);
  visit_fields(reader, value);
  reader.finish();
  return value;
}

}  // namespace crds
