// OSV JSON: a directory with .json files, a .zip as the bulk export of https://osv.dev, or a single record.
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class OsvFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "osv"; }
  FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
