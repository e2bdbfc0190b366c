// Records with hostile bounds: the input's lines are, by turns, introduced, fixed, last affected and a listed version;
// the first is the installed version. What is found has a fix that is above it, or none.
#include <cstdint>
#include <sstream>
#include <string>

#include "base/error.h"
#include "scanner/matching/package_matcher.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 4096) return 0;
  static const char* const kTypes[] = {"deb", "apk", "pypi", "npm"};
  const auto& order = *scanner::versions::order_for(kTypes[data[0] % 4]);
  std::istringstream input(std::string(reinterpret_cast<const char*>(data + 1), size - 1));
  std::string installed;
  std::getline(input, installed);
  if (!order.readable(installed)) return 0;
  scanner::advisories::Advisory record;
  record.id = "CVE-1";
  record.ecosystem = "pypi";
  scanner::advisories::Interval interval;
  std::string listed;
  while (std::getline(input, interval.introduced) && std::getline(input, interval.fixed) &&
         std::getline(input, interval.last_affected) && std::getline(input, listed)) {
    record.intervals.push_back(interval);
    record.versions.push_back(listed);
  }
  for (const auto& issue : scanner::matching::match_package({record}, installed, order)) {
    CHECK(issue.fixed.empty() || order.compare(issue.fixed, installed) == std::strong_ordering::greater);
  }
  return 0;
}
