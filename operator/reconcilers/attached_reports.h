// To which repositories a report's inventory is attached, as the report itself remembers it: so that nobody has to ask
// a registry for it. Pure.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "crds/image_report.h"

namespace pratique_operator::reconcilers {

// Annotation of an ImageReport: the scanner whose inventory it was, and the repositories that have it, separated by
// blanks. Who takes it away has the inventory attached again.
inline constexpr std::string_view kAttachedTo = "pratique.dev/attached-to";

// Of one report; to further ones it is not attached.
inline constexpr std::size_t kAttachedRepositoriesMax = 32;

// Whether others may take over what was read: our own scanners read the image, all of it.
[[nodiscard]] bool is_attachable(const crds::ImageReport& report);

// The repositories ("host/repository") that have the inventory which the report holds now. What an older scanner read,
// or what was read with other SBOMs, is not it.
[[nodiscard]] std::set<std::string> attached_to(const crds::ImageReport& report);

// Whether it is still to be attached there.
[[nodiscard]] bool must_be_attached(const crds::ImageReport& report, const std::string& repository);

// The annotation's value once `repository` has it, too.
[[nodiscard]] std::string attached_also_to(const crds::ImageReport& report, const std::string& repository);

}  // namespace pratique_operator::reconcilers
