// OVAL's patch definitions, the notices of Red Hat, Oracle Linux, Amazon Linux, Ubuntu and others: they name binary
// packages, and the version that each must be below. Azure Linux's definitions name source packages.
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class PatchOvalFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "patch-oval"; }
  [[nodiscard]] FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
