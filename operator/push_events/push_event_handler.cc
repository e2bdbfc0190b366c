#include "operator/push_events/push_event_handler.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "operator/push_events/limits.h"
#include "operator/push_events/registry_notification.h"

namespace pratique_operator::push_events {
namespace {

constexpr std::string_view kPathPrefix = "/events/";
constexpr const char* kEventsTotal = "pratique_events_received_total";
constexpr int kThreads = 4;

net::ServerResponse say(int status, const std::string& message) {
  net::ServerResponse response{.status = status, .headers = {}, .body = nlohmann::json{{"message", message}}.dump()};
  if (status == 503) {
    response.headers["Retry-After"] = "1";
  }
  return response;
}

// Kubernetes object names; anything else cannot be a ScanRegistry and is not worth a look-up.
bool is_object_name(std::string_view name) {
  return !name.empty() && name.size() <= 253 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos;
}

}  // namespace

PushEventHandler::PushEventHandler(ScanRequests& requests, net::Metrics& metrics)
    : requests_(requests), metrics_(metrics) {
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
    }
  }
}

// The HTTP edge of events: what fails becomes a status that makes a registry do the right thing.
net::ServerResponse PushEventHandler::answer(const net::ServerRequest& request) {
  try {
    return store(request);
  } catch (const base::ParseError& error) {
    count("unreadable");
    return say(400, error.what());
  } catch (const base::LimitExceeded& error) {
    count("too_large");
    return say(413, error.what());
  } catch (const base::Error& error) {
    count("not_stored");
    base::log(base::LogLevel::kError, "registry event not stored", {{"path", request.path()}, {"error", error.what()}});
    return say(503, "the event could not be stored; send it again");
  }
}

net::ServerResponse PushEventHandler::store(const net::ServerRequest& request) {
  const std::string_view path = request.path();
  if (!path.starts_with(kPathPrefix)) {
    return say(404, "events go to POST /events/<name of the ScanRegistry>");
  }
  if (request.method != "POST") {
    return say(405, "events are sent by POST");
  }
  const std::optional<std::string> authorization = net::find_header(request.headers, "Authorization");
  if (!authorization || authorization->empty()) {
    count("unauthenticated");
    return say(401, "the Authorization header is missing");
  }
  const std::string name(path.substr(kPathPrefix.size()));
  const std::optional<EventSender> sender = is_object_name(name) ? requests_.find_sender(name) : std::nullopt;
  // An unknown registry gets the answer of a wrong secret, so that names cannot be found by trying.
  if (!sender || sender->secret.empty() || !base::equal_constant_time(*authorization, sender->secret)) {
    count("forged");
    return say(403, "the Authorization header is not the one that the ScanRegistry's secret holds");
  }
  if (!is_notification_type(net::find_header(request.headers, "Content-Type").value_or(""))) {
    throw base::ParseError("the Content-Type is none of the notification types and not application/json");
  }
  const Notification notification = parse_distribution_notification(request.body);
  for (const ImageEvent& event : notification.images) {
    requests_.request(*sender, event);
    count("stored");
  }
  if (notification.ignored > 0) {
    count("ignored", static_cast<double>(notification.ignored));
  }
  return say(202, "stored");
}

void PushEventHandler::count(const char* result, double amount) {
  metrics_.add(kEventsTotal, {{"result", result}}, amount);
}

}  // namespace pratique_operator::push_events
