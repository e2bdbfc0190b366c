// What a push event asks of the cluster: who may send events, and "look at this image now".
#pragma once

#include <optional>
#include <string>

#include "operator/push_events/registry_notification.h"

namespace pratique_operator::push_events {

// One registry that may send events, as its ScanRegistry says.
struct EventSender {
  std::string registry;                   // name of the ScanRegistry
  std::string server;                     // "registry:5000": where its images are pulled from
  std::string ns;                         // where ImageScans made for its events go
  std::vector<std::string> repositories;  // globs; empty: all
  // What the Authorization header must hold, verbatim; empty: no sender is accepted, because a ScanRegistry without a
  // secret must not open the door.
  std::string secret;
};

// The cluster as the event handler sees it. Thread-safe; calls may block on the API server for seconds.
class ScanRequests {
 public:
  virtual ~ScanRequests() = default;
  // Nullopt when there is no ScanRegistry of this name or it takes no events. Throws base::Error when its secret cannot
  // be read.
  [[nodiscard]] virtual std::optional<EventSender> find_sender(const std::string& registry_name) = 0;
  // Stores the ImageScan of the event in the sender's namespace and asks every other ImageScan of the same repository
  // and tag, in any namespace, to resolve again. Throws base::Error when one of them could not be stored.
  virtual void request(const EventSender& sender, const ImageEvent& event) = 0;
};

}  // namespace pratique_operator::push_events
