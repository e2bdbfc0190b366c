#include "operator/push_events/push_event_handler.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "operator/failpoints.h"
#include "operator/push_events/limits.h"
#include "operator/push_events/notification_readers.h"
#include "operator/push_events/registry_notification.h"

namespace pratique_operator::push_events {
namespace {

constexpr std::string_view kPathPrefix = "/events/";
constexpr const char* kEventsTotal = "pratique_events_received_total";
constexpr int kThreads = 4;
constexpr std::size_t kHostBytesShown = 256;

net::ServerResponse say(int status, const std::string& message) {
  net::ServerResponse response{.status = status, .headers = {}, .body = nlohmann::json{{"message", message}}.dump()};
  if (status == 503 || status == 429) {
    response.headers["Retry-After"] = "1";
  }
  return response;
}

// Kubernetes object names; anything else cannot be a ScanRegistry and is not worth a look-up.
bool is_object_name(std::string_view name) {
  return !name.empty() && name.size() <= 253 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos;
}

// The handshake of CloudEvents' webhooks: whoever asks may send; that it sends events is proved with each of them.
net::ServerResponse invite(const net::ServerRequest& request) {
  const std::optional<std::string> origin = net::find_header(request.headers, "WebHook-Request-Origin");
  if (!origin) return say(405, "events are sent by POST");
  net::ServerResponse response{.status = 200};
  response.headers = {{"Allow", "POST"}, {"WebHook-Allowed-Origin", *origin}, {"WebHook-Allowed-Rate", "*"}};
  return response;
}

// Why the request is not the sender's; empty: it is.
std::string why_forged(const EventSender& sender, const net::ServerRequest& request, const EventPath& path,
                       base::SystemTime now) {
  try {
    return why_not_proved(sender, request, path, now);
  } catch (const base::ParseError& error) {
    return error.what();
  }
}

bool names_server(const ImageEvent& event, const EventSender& sender) {
  const auto is_host = [&](const std::string& name) { return host_of(name) == event.host; };
  return event.host.empty() || is_host(sender.server) || std::ranges::any_of(sender.hosts, is_host);
}

// For logs: a path may hold a secret behind it.
std::string registry_in(const net::ServerRequest& request) {
  const std::string_view path = request.path();
  return path.starts_with(kPathPrefix) ? std::string(split_event_path(path.substr(kPathPrefix.size())).registry)
                                       : std::string();
}

}  // namespace

PushEventHandler::PushEventHandler(ScanRequests& requests, net::Metrics& metrics, const base::Clock& clock)
    : requests_(requests), metrics_(metrics), clock_(clock) {
  metrics_.describe(kEventsTotal, "Registry notifications by what became of them.");
  for (int i = 0; i < kThreads; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

PushEventHandler::~PushEventHandler() {
  for (std::jthread& thread : threads_) {
    thread.request_stop();
  }
  threads_.clear();
  for (Job& job : waiting_) {
    job.responder.respond(say(503, "stopping"));
  }
}

void PushEventHandler::handle(net::ServerRequest request, net::Responder responder) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < kEventsWaitingMax) {
      waiting_.push_back({std::move(request), std::move(responder)});
      arrived_.notify_one();
      return;
    }
  }
  count("busy");
  responder.respond(say(503, "too many events are waiting"));
}

void PushEventHandler::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::optional<Job> job;
    {
      std::unique_lock lock(mutex_);
      if (!arrived_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
        return;
      }
      job.emplace(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    // A sender that gave up sends the same event again, so the work would be done twice.
    if (!job->responder.abandoned()) {
      job->responder.respond(answer(job->request));
      base::failpoint(kEventAnswered);
    }
  }
}

// The HTTP edge of events: what fails becomes a status that makes a registry do the right thing.
net::ServerResponse PushEventHandler::answer(const net::ServerRequest& request) {
  try {
    return take(request);
  } catch (const base::ParseError& error) {
    count("unreadable");
    return say(400, error.what());
  } catch (const base::LimitExceeded& error) {
    count("too_large");
    return say(413, error.what());
  } catch (const base::Error& error) {
    count("not_stored");
    return not_stored(registry_in(request), error.what());
  }
}

net::ServerResponse PushEventHandler::not_stored(const std::string& registry, const std::string& why) {
  base::log(base::LogLevel::kError, "registry event not stored", {{"registry", registry}, {"error", why}});
  return say(503, "the event could not be stored; send it again");
}

net::ServerResponse PushEventHandler::take(const net::ServerRequest& request) {
  if (!request.path().starts_with(kPathPrefix)) {
    return say(404, "events go to POST /events/<name of the ScanRegistry>");
  }
  if (request.method == "OPTIONS") return invite(request);
  if (request.method != "POST") return say(405, "events are sent by POST");
  const EventPath path = split_event_path(request.path().substr(kPathPrefix.size()));
  if (shows_nothing(request, path)) {
    count("unauthenticated");
    return say(401,
               "nothing in the request says who sends it: the Authorization header or what the format has is missing");
  }
  const std::optional<EventSender> sender = proved_sender(request, path);
  if (!sender) {
    count("forged");
    return say(403, "the request does not prove the sender that this ScanRegistry names; the operator's log says why");
  }
  const Notification notification =
      read_notification(sender->format, {.server = sender->server, .headers = request.headers, .body = request.body});
  if (notification.reply) return {.status = 200, .headers = {}, .body = *notification.reply};
  return store(*sender, notification);
}

// An unknown registry gets the answer of a wrong secret, so that names cannot be found by trying.
std::optional<EventSender> PushEventHandler::proved_sender(const net::ServerRequest& request, const EventPath& path) {
  const std::string name(path.registry);
  std::optional<EventSender> sender = is_object_name(name) ? requests_.find_sender(name) : std::nullopt;
  if (!sender) return std::nullopt;
  const std::string why = why_forged(*sender, request, path, clock_.system_now());
  if (why.empty()) return sender;
  log_refusal(name, why);
  return std::nullopt;
}

net::ServerResponse PushEventHandler::store(const EventSender& sender, const Notification& notification) {
  if (notification.signed_at) {
    const auto age = clock_.system_now() - *notification.signed_at;
    if (age > kReplayWindow / 2 || age < -kReplayWindow / 2) {
      count("forged");
      return say(403,
                 "\"time\" is more than 5 minutes from now: sign each request as it is sent, and look at the clock");
    }
  }
  if (!rate_.take(sender.registry, notification.images.size(), clock_.steady_now())) {
    count("throttled");
    return say(429, "more events than this ScanRegistry may send; send it again");
  }
  base::failpoint(kEventReceived);
  const base::SteadyTime start = clock_.steady_now();
  std::optional<std::string> failure;  // the first
  for (const ImageEvent& event : notification.images) {
    if (failure && clock_.steady_now() - start > kStoringTimeMax) break;
    std::optional<std::string> why = store_image(sender, event);
    if (!failure) failure = std::move(why);
  }
  if (notification.ignored > 0) {
    count("ignored", static_cast<double>(notification.ignored));
  }
  return failure ? not_stored(sender.registry, *failure) : say(202, "stored");
}

// Why it could not be stored, where it is to be sent again.
std::optional<std::string> PushEventHandler::store_image(const EventSender& sender, const ImageEvent& event) {
  if (!names_server(event, sender)) {
    count("other_host");
    log_refusal(sender.registry, "an event names the registry " + base::escape_text(event.host, kHostBytesShown) +
                                     ", which is neither spec.server nor in spec.events.hosts");
    return std::nullopt;
  }
  if (stored_.has(sender.registry, event, clock_.steady_now())) {
    count("repeated");
    return std::nullopt;
  }
  try {
    requests_.request(sender, event);
  } catch (const OverQuota& error) {
    // A registry that was told so would send the event for ever, and no other.
    count("over_quota");
    log_refusal(sender.registry, error.what());
    return std::nullopt;
  } catch (const base::Error& error) {
    count("not_stored");
    return error.what();
  }
  stored_.note(sender.registry, event, clock_.steady_now());
  count("stored");
  return std::nullopt;
}

// Whoever reaches the port can be refused: a line a second tells an administrator as much as all of them.
void PushEventHandler::log_refusal(const std::string& registry, const std::string& why) {
  const base::SteadyTime now = clock_.steady_now();
  const bool due = refusal_logged_at_.with([&](auto& logged_at) {
    if (logged_at && now - *logged_at < std::chrono::seconds(1)) return false;
    logged_at = now;
    return true;
  });
  if (due) {
    base::log(base::LogLevel::kWarning, "registry event refused", {{"registry", registry}, {"reason", why}});
  }
}

void PushEventHandler::count(const char* result, double amount) {
  metrics_.add(kEventsTotal, {{"result", result}}, amount);
}

}  // namespace pratique_operator::push_events
