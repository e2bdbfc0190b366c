// Which repositories and tags of a registry spec.discovery of a ScanRegistry asks for. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crds/scan_registry.h"

namespace pratique_operator::reconcilers {

// "1h" where none is set; at least a minute.
[[nodiscard]] std::chrono::seconds interval_of(const crds::Discovery& discovery);

// The repositories that are named without wildcards: they need no catalogue, which many registries do not have.
[[nodiscard]] std::vector<std::string> named_repositories(const crds::Discovery& discovery);
[[nodiscard]] bool is_named(const crds::Discovery& discovery, const std::string& repository);
// Whether there are globs, or nothing is named, which means all.
[[nodiscard]] bool needs_catalogue(const crds::Discovery& discovery);
[[nodiscard]] bool wants_repository(const crds::Discovery& discovery, const std::string& repository);

// Those that are included and not excluded; what is attached to an image (signatures, lists of referrers) is none.
[[nodiscard]] std::vector<std::string> matching_tags(const crds::DiscoveryTags& tags,
                                                     const std::vector<std::string>& names);

// Whether it matters when images were built.
[[nodiscard]] bool needs_dates(const crds::DiscoveryTags& tags);

struct DatedTag {
  std::string tag;
  std::optional<base::SystemTime> created;  // nullopt: it is not known, and counts as now
  bool operator==(const DatedTag&) const = default;
};
// The newest of those that are not too old.
[[nodiscard]] std::vector<std::string> recent_tags(const crds::DiscoveryTags& tags, std::vector<DatedTag> dated,
                                                   base::SystemTime now);

}  // namespace pratique_operator::reconcilers
