// Red Hat's VEX documents, CSAF 2.0: a file, a directory of them or a zip.
// https://docs.oasis-open.org/csaf/csaf/v2.0/ and https://security.access.redhat.com/data/csaf/v2/vex/
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class CsafVexFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "csaf-vex"; }
  FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
