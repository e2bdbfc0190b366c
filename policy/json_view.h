// Reading of JSON from outside, whatever library has parsed it: only what is wanted, strict about types and duplicate
// keys. A wrong type is a base::ParseError that begins with the place.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "crds/label_selector.h"

namespace policy {

// A value of a parsed document: cheap to copy, valid as long as the document. for_each_* call `use` for each part and
// return false, without a call, where the value is no object or no list.
template <typename View>
concept JsonView = std::copyable<View> && requires(const View& view) {
  { view.is_null() } -> std::same_as<bool>;
  { view.text() } -> std::same_as<std::optional<std::string_view>>;
  {
    view.for_each_field([](std::string_view, const View&) {})
  } -> std::same_as<bool>;
  {
    view.for_each_item([](const View&) {})
  } -> std::same_as<bool>;
};

[[noreturn]] inline void malformed(std::string_view what, std::string_view why) {
  throw base::ParseError(std::string(what) + " " + base::escape_text(why, 160));
}

template <JsonView View>
using Field = std::optional<View>;  // absent, or null in the JSON, is nullopt

template <JsonView View>
struct WantedField {
  std::string_view name;
  Field<View>& value;
};

// Takes the wanted fields out of an object. A key that stands twice is refused, because whoever reads the object after
// us might see the other one; a library that keeps one of them alone has decided already.
template <JsonView View>
void take_fields(const View& from, std::string_view what, std::initializer_list<WantedField<View>> wanted) {
  std::uint64_t seen = 0;
  const bool is_object = from.for_each_field([&](std::string_view key, const View& value) {
    std::uint64_t bit = 1;
    for (const WantedField<View>& want : wanted) {
      if (want.name == key) {
        if ((seen & bit) != 0) malformed(what, "has the key \"" + std::string(want.name) + "\" twice");
        seen |= bit;
        if (!value.is_null()) want.value = value;
        return;
      }
      bit <<= 1;
    }
  });
  if (!is_object) malformed(what, "is not an object");
}

// Empty where the field is absent.
template <JsonView View>
std::string text_of(const Field<View>& field, std::string_view what) {
  if (!field) return {};
  const std::optional<std::string_view> text = field->text();
  if (!text) malformed(what, "is not a string");
  return std::string(*text);
}

template <JsonView View, typename OnItem>
void for_each_item(const Field<View>& field, std::string_view what, const OnItem& on_item) {
  if (field && !field->for_each_item(on_item)) malformed(what, "is not a list");
}

template <JsonView View>
crds::Labels labels_of(const Field<View>& field, std::string_view what) {
  crds::Labels labels;
  if (!field) return labels;
  const bool is_object = field->for_each_field([&](std::string_view key, const View& value) {
    const bool added = labels.emplace(std::string(key), text_of<View>(value, what)).second;
    if (!added) malformed(what, "has a key twice");
  });
  if (!is_object) malformed(what, "is not an object");
  return labels;
}

}  // namespace policy
