// When releases of distributions stop getting security updates: products of endoflife.date, as its API v1 writes them; a
// file (one product, or /products/full), a directory or a zip. https://endoflife.date/docs/api/v1/
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class EndOfLifeFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "endoflife"; }
  FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
