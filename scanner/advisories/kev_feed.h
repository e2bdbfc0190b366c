// CISA's catalogue of known exploited vulnerabilities, JSON,
// https://www.cisa.gov/known-exploited-vulnerabilities-catalog. It names CVE ids and no packages.
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class KevFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "kev"; }
  FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
