// POST /events/<name of the ScanRegistry>[/<secret>]: a registry tells that something was pushed. An event is a hint:
// all that it can cause is a scan. docs/ARCHITECTURE.md, "From a push to a blocked pod".
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "net/http_server.h"
#include "net/metrics.h"
#include "operator/push_events/event_rate.h"
#include "operator/push_events/scan_requests.h"
#include "operator/push_events/sender_proof.h"
#include "operator/push_events/stored_events.h"

namespace pratique_operator::push_events {

// Answers: 202 once everything that the event asks for is stored, and for every well-formed body that asks for nothing
// (a registry that gets a 4xx retries it for ever and sends nothing else); 200 to a sender that asks whether its events
// are wanted; 401 and 403 unauthenticated, 404 and 405 for other paths and methods, 400 unreadable, 413 too large, 429
// past the sender's rate, 503 when an image of it could not be stored (the others are, and are not stored again where
// the sender gives them ids) or too much is waiting. handle() is for server threads: it only queues; a few threads of
// its own talk to the API server.
class PushEventHandler {
 public:
  // All must outlive it.
  PushEventHandler(ScanRequests& requests, net::Metrics& metrics, const base::Clock& clock);
  // Answers what is still waiting with 503 and joins.
  ~PushEventHandler();

  void handle(net::ServerRequest request, net::Responder responder);

 private:
  struct Job {
    net::ServerRequest request;
    net::Responder responder;
  };

  void work(const std::stop_token& stop);
  [[nodiscard]] net::ServerResponse answer(const net::ServerRequest& request);
  [[nodiscard]] net::ServerResponse take(const net::ServerRequest& request);
  [[nodiscard]] std::optional<EventSender> proved_sender(const net::ServerRequest& request, const EventPath& path);
  [[nodiscard]] net::ServerResponse store(const EventSender& sender, const Notification& notification);
  [[nodiscard]] std::optional<std::string> store_image(const EventSender& sender, const ImageEvent& event);
  void log_refusal(const std::string& registry, const std::string& why);
  [[nodiscard]] net::ServerResponse not_stored(const std::string& registry, const std::string& why);
  void count(const char* result, double amount = 1);

  ScanRequests& requests_;
  net::Metrics& metrics_;
  const base::Clock& clock_;
  EventRate rate_;
  StoredEvents stored_;
  base::Guarded<std::optional<base::SteadyTime>> refusal_logged_at_;
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::deque<Job> waiting_;  // guarded by mutex_
  std::vector<std::jthread> threads_;
};

}  // namespace pratique_operator::push_events
