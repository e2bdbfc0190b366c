// The data of Debian's security tracker: one .json file of all source packages, plain or as .gz.
// https://security-tracker.debian.org/tracker/data/json
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class DebianTrackerFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "debian-tracker"; }
  FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
