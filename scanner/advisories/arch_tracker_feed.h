// The issues of Arch Linux's security tracker: one .json file. https://security.archlinux.org/issues/all.json
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class ArchTrackerFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "arch-tracker"; }
  FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
