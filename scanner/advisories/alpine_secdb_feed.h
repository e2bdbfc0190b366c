// Alpine's secdb: a .json file of one repository (v3.20/main.json) or a directory of them; Wolfi and Chainguard publish
// theirs in the same form.
#pragma once

#include "scanner/advisories/feed.h"

namespace scanner::advisories {

class AlpineSecdbFeed final : public Feed {
 public:
  [[nodiscard]] std::string_view format() const override { return "alpine-secdb"; }
  FeedSummary read(const std::string& path, const FeedReader& reader) const override;
};

}  // namespace scanner::advisories
