// The National Vulnerability Database, feeds of form 2.0: a file of a year, plain or as .gz, or a directory of them.
// https://nvd.nist.gov/vuln/data-feeds
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class NvdFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "nvd"; }
  FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
