// OVAL of Red Hat Enterprise Linux, Rocky Linux, Oracle Linux and others that publish notices in its form.
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class RpmOvalFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "rpm-oval"; }
  [[nodiscard]] FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
