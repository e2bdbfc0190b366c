// The records about one package and one version of it -> the issues it has. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scanner/advisories/advisory.h"
#include "scanner/versions/version_order.h"

namespace scanner::matching {

// One issue, told by one or more records.
struct PackageIssue {
  std::string id;                    // the CVE where there is one, else the least of its names
  std::vector<std::string> aliases;  // sorted; other CVEs of a record that names several are issues of their own
  std::string fixed;        // the lowest version above the installed one that none of the records calls affected
  std::string without_fix;  // the vendor's word why there is none: "Will not fix"; empty: not told, or there is one
  std::string fix_date;
  std::string published;
  std::string title;
  std::string url;
  std::vector<advisories::Rating> ratings;
  bool operator==(const PackageIssue&) const = default;
};

// Of a version that has no place in the order a record says something only by listing it. Drops the other records;
// whether there were none. What is left can be matched.
[[nodiscard]] bool keep_listing(std::vector<advisories::Advisory>& records, std::string_view version);

// `version` has to be readable by `order`, or the records were kept for it. Sorted by id. A record that calls the package not affected silences every
// other record about the same issue, and so does one that decides (deciding_records.h) where the version is outside; a
// withdrawn record says nothing.
[[nodiscard]] std::vector<PackageIssue> match_package(const std::vector<advisories::Advisory>& records,
                                                      std::string_view version, const versions::VersionOrder& order);

}  // namespace scanner::matching
