// What a push event asks of the cluster: who may send events, and "look at this image now".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "crds/scan_registry.h"
#include "net/web_token.h"
#include "operator/push_events/registry_notification.h"

namespace pratique_operator::push_events {

// Whose identity tokens prove events.
struct TokenRule {
  std::string issuer;
  std::string audience;
  std::string subject;  // of the token: its subject, or its verified email
  std::shared_ptr<const net::WebKeys> keys;
};

// One registry that may send events, as its ScanRegistry says. It proves itself by everything that is set of secret,
// client_ca_pem and token; with none of them no sender is accepted.
struct EventSender {
  std::string registry;  // name of the ScanRegistry
  std::string server;    // "registry:5000": where its images are pulled from
  std::string ns;        // where ImageScans made for its events go
  crds::EventFormat format = crds::EventFormat::kDistribution;
  std::vector<std::string> repositories = {};  // globs; empty: all
  std::vector<std::string> hosts = {};         // further names by which events may call the server
  std::string secret = {};
  std::string client_ca_pem = {};
  std::optional<TokenRule> token = {};
};

// The namespace may have no more ImageScans: sending the event again mends nothing.
class OverQuota : public base::Error {
 public:
  using Error::Error;
};

// The cluster as the event handler sees it. Thread-safe; calls may block on the API server for seconds.
class ScanRequests {
 public:
  virtual ~ScanRequests() = default;
  // Nullopt when there is no ScanRegistry of this name or it takes no events. Throws base::Error when its secret or its
  // token issuer's keys cannot be read.
  [[nodiscard]] virtual std::optional<EventSender> find_sender(const std::string& registry_name) = 0;
  // Stores the ImageScan of a push in the sender's namespace, and then asks every other ImageScan of the same
  // repository and tag, in any namespace, to resolve again: at once, or later where one cannot be asked now. Throws
  // OverQuota, and base::Error when the ImageScan could not be stored; a deletion stores none and throws neither.
  virtual void request(const EventSender& sender, const ImageEvent& event) = 0;
};

}  // namespace pratique_operator::push_events
