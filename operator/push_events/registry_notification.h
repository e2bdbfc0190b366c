// What registries say in their notifications, brought to one form. Pure; one .cc per sender's format.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"

namespace pratique_operator::push_events {

enum class EventAction { kPush, kDelete };

// An image manifest (or index) that appeared in or went from a repository. All text is the sender's claim.
struct ImageEvent {
  std::string repository;              // "library/nginx", without the registry's host; well-formed
  std::string tag;                     // empty: known by digest alone; well-formed
  std::optional<base::Digest> digest;  // of the manifest or index
  std::string media_type;              // may be empty for a deletion
  EventAction action = EventAction::kPush;
  bool operator==(const ImageEvent&) const = default;
};

// The outcome of one well-formed body.
struct Notification {
  std::vector<ImageEvent> images;
  // Entries that were understood and are not about images: layers, pulls, mounts, repositories with bad names.
  std::size_t ignored = 0;
};

// Reads the notifications of CNCF distribution (2.x and 3.x). Throws base::ParseError when the body is not JSON or not
// an envelope of events, base::LimitExceeded past the bounds of limits.h.
[[nodiscard]] Notification parse_distribution_notification(std::string_view body);

// Whether this is one of the content types that distribution sends (v1, v2) or plain JSON; parameters are ignored.
[[nodiscard]] bool is_notification_type(std::string_view content_type);

}  // namespace pratique_operator::push_events
