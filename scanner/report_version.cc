#include "scanner/report_version.h"

#include <charconv>

namespace scanner {

const ExtractorsHistory& extractors_history() {
  static const ExtractorsHistory history = {
      {.version = 13, .extractors = {}},  // an opaque root hides nothing
  };
  return history;
}

// A plus begins what semver calls build metadata, which no order of releases looks at.
std::string scanner_version() {
  return std::string(PRATIQUE_VERSION) + "+" + std::to_string(kExtractorsVersion);
}

int extractors_version(std::string_view scanner_version) {
  const std::size_t plus = scanner_version.find('+');
  if (plus == std::string_view::npos) {
    return 0;
  }
  const std::string_view digits = scanner_version.substr(plus + 1);
  int version = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  return error == std::errc() && end == digits.data() + digits.size() && version > 0 ? version : 0;
}

}  // namespace scanner
