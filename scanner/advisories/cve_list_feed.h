// The CVE list, records of version 5: a file, a directory of them (github.com/CVEProject/cvelistV5) or a zip.
// https://cveproject.github.io/cve-schema/
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class CveListFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "cve-list"; }
  FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
