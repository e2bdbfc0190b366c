#include "scanner/advisories/issue_names.h"

#include "scanner/advisories/limits.h"

namespace scanner::advisories {

std::vector<std::string_view> cves_in(std::string_view text) {
  constexpr std::string_view kPrefix = "CVE-";
  std::vector<std::string_view> cves;
  for (std::size_t start = text.find(kPrefix); start != std::string_view::npos; start = text.find(kPrefix)) {
    text.remove_prefix(start);
    std::string_view cve = text.substr(0, text.find_first_not_of("-0123456789", kPrefix.size()));
    while (cve.ends_with('-')) cve.remove_suffix(1);
    if (cve.size() > kPrefix.size() && cve.size() <= kIdBytesMax) cves.push_back(cve);
    text.remove_prefix(kPrefix.size());
  }
  return cves;
}

}  // namespace scanner::advisories
