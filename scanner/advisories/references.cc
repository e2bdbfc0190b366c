#include "scanner/advisories/references.h"

#include <algorithm>

#include "scanner/advisories/limits.h"

namespace scanner::advisories {

bool is_reference(std::string_view text) {
  const bool is_address = text.starts_with("https://") || text.starts_with("http://");
  // Letters beyond ASCII are percent-encoded in an address.
  const auto is_printable = [](char letter) { return letter > ' ' && letter <= '~'; };
  return is_address && text.size() <= kReferenceBytesMax && std::ranges::all_of(text, is_printable);
}

void add_references(std::vector<std::string>& references, const std::vector<std::string>& more) {
  for (const std::string& one : more) {
    if (references.size() >= kReferencesMax) return;
    if (is_reference(one) && std::ranges::find(references, one) == references.end()) references.push_back(one);
  }
}

}  // namespace scanner::advisories
