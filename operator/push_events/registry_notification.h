// What registries say in their notifications, brought to one form. Pure; one .cc per sender's format.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "crds/scan_registry.h"
#include "net/http.h"

namespace pratique_operator::push_events {

enum class EventAction { kPush, kDelete };

// An image manifest (or index) that appeared in or went from a repository. All text is the sender's claim.
struct ImageEvent {
  std::string host = {};                    // the registry that it names, in lower case; empty: it names none
  std::string repository = {};              // "library/nginx", without the registry's host; well-formed
  std::string tag = {};                     // empty: known by digest alone; well-formed
  std::optional<base::Digest> digest = {};  // of the manifest or index
  std::string media_type = {};              // empty: not said
  EventAction action = EventAction::kPush;
  std::string id = {};  // the sender's id of the event and its time; empty: it sends none that are its alone
  bool operator==(const ImageEvent&) const = default;
};

// The outcome of one well-formed body.
struct Notification {
  std::vector<ImageEvent> images;
  // Entries that were understood and are not about images: layers, pulls, mounts, repositories with bad names.
  std::size_t ignored = 0;
  // Of a sender that asks whether its events are wanted: the JSON document it waits for, with status 200.
  std::optional<std::string> reply = {};
  // When a body that is signed with its time was made.
  std::optional<base::SystemTime> signed_at = {};
};

// One request as a format reads it. Borrowed.
struct EventMessage {
  std::string_view server;  // of the ScanRegistry that it was sent to: "registry:5000"
  const net::Headers& headers;
  std::string_view body;
};

// Reads the body as the format has it. Throws base::ParseError when its Content-Type is no JSON, when it is not JSON or
// not of the format, base::LimitExceeded past the bounds of limits.h.
[[nodiscard]] Notification read_notification(crds::EventFormat format, const EventMessage& message);

}  // namespace pratique_operator::push_events
