// How a sender of events proves who it is. Pure.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "net/http_server.h"
#include "operator/push_events/scan_requests.h"

namespace pratique_operator::push_events {

// POST /events/<registry>[/<secret>]
struct EventPath {
  std::string_view registry;
  std::string_view secret;
};
[[nodiscard]] EventPath split_event_path(std::string_view below_prefix);

// A request without anything that could prove it: the same answer whatever registry it names.
[[nodiscard]] bool shows_nothing(const net::ServerRequest& request, const EventPath& path);

// Why the request is not the sender's; empty: it is. Everything that the sender is set up with must hold, and a sender
// that is set up with nothing must not open the door. Secrets are compared in constant time. The words are for whoever
// sends, and tell nothing of the secret.
[[nodiscard]] std::string why_not_proved(const EventSender& sender, const net::ServerRequest& request,
                                         const EventPath& path, base::SystemTime now);

}  // namespace pratique_operator::push_events
