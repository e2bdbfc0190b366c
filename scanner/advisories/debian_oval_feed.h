// Debian's OVAL definitions: one release's .xml or .xml.bz2. They name source packages.
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class DebianOvalFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "debian-oval"; }
  FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
