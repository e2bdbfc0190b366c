// What a yum or dnf repository tells of its updates: updateinfo.xml, plain, .gz, .bz2 or .zst. Fedora, Amazon Linux,
// SUSE, openSUSE and others publish it beside their packages.
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class UpdateinfoFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "updateinfo"; }
  FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
