// EPSS scores, https://www.first.org/epss/data_stats: CSV, plain or as .csv.gz. Scores are kept to a thousandth and
// percentiles to a hundredth, so that what changes every day in the last digits does not write every report anew.
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class EpssFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "epss"; }
  FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
