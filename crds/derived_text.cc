#include "crds/derived_text.h"

#include <fmt/core.h>

#include <cctype>

#include "base/error.h"

namespace crds {

namespace {

// A reference is one of these and a letter: which of the others. A value that holds such a byte itself is marked as
// whole.
constexpr char kPlain = '\x01';
constexpr char kEncoded = '\x02';
constexpr std::string_view kWhole = "\x02\x02";
constexpr std::size_t kOthersMax = 26;
constexpr std::size_t kBytesMin = 3;

// https://github.com/package-url/purl-spec: everything but letters, digits and ".-_~", with ":" as it is.
std::string percent_encoded(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (std::isalnum(byte) != 0 || std::string_view(".-_~:").find(letter) != std::string_view::npos) {
      result.push_back(letter);
    } else {
      result += fmt::format("%{:02X}", byte);
    }
  }
  return result;
}

struct Reference {
  std::string text;
  char kind;
  char letter;
};

std::vector<Reference> references_to(const std::vector<std::string>& others) {
  std::vector<Reference> references;
  for (std::size_t index = 0; index < others.size() && index < kOthersMax; ++index) {
    if (others[index].size() < kBytesMin) continue;
    const char letter = static_cast<char>('a' + index);
    references.push_back({.text = others[index], .kind = kPlain, .letter = letter});
    std::string encoded = percent_encoded(others[index]);
    if (encoded != others[index])
      references.push_back({.text = std::move(encoded), .kind = kEncoded, .letter = letter});
  }
  return references;
}

const Reference* longest_at(std::string_view rest, const std::vector<Reference>& references) {
  const Reference* longest = nullptr;
  for (const Reference& reference : references) {
    if (rest.starts_with(reference.text) && (longest == nullptr || reference.text.size() > longest->text.size())) {
      longest = &reference;
    }
  }
  return longest;
}

}  // namespace

std::string shorten(std::string_view value, const std::vector<std::string>& others) {
  const bool has_marks = value.find(kPlain) != std::string_view::npos || value.find(kEncoded) != std::string_view::npos;
  if (has_marks || value.size() > kDerivedBytesMax) {
    return std::string(kWhole) + std::string(value);
  }
  const std::vector<Reference> references = references_to(others);
  std::string result;
  while (!value.empty()) {
    if (const Reference* reference = longest_at(value, references)) {
      result.push_back(reference->kind);
      result.push_back(reference->letter);
      value.remove_prefix(reference->text.size());
    } else {
      result.push_back(value.front());
      value.remove_prefix(1);
    }
  }
  return result;
}

std::string lengthen(std::string_view value, const std::vector<std::string>& others) {
  if (value.starts_with(kWhole)) return std::string(value.substr(kWhole.size()));
  std::string result;
  for (std::size_t index = 0; index < value.size(); ++index) {
    const char kind = value[index];
    if (kind != kPlain && kind != kEncoded) {
      result.push_back(kind);
      continue;
    }
    const char letter = ++index < value.size() ? value[index] : '\0';
    if (letter < 'a' || static_cast<std::size_t>(letter - 'a') >= others.size()) {
      throw base::ParseError("packed field: a reference to nothing");
    }
    const std::string& other = others[static_cast<std::size_t>(letter - 'a')];
    if (other.size() > kDerivedBytesMax)
      throw base::LimitExceeded("packed field: a reference to a text that is too long");
    result += kind == kPlain ? other : percent_encoded(other);
    if (result.size() > kDerivedBytesMax) throw base::LimitExceeded("packed field: a text that is too long");
  }
  return result;
}

}  // namespace crds
