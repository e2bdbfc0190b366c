#include "net/health.h"

namespace net {

namespace {

ServerResponse text_response(int status, std::string body) {
  return {.status = status, .body = std::move(body), .content_type = "text/plain; charset=utf-8"};
}

ServerResponse ready_response(const ReadyCheck& not_ready_because) {
  const std::string reason = not_ready_because();
  return reason.empty() ? text_response(200, "ok\n") : text_response(503, "not ready: " + reason + "\n");
}

ServerResponse answer(const ServerRequest& request, const ReadyCheck& not_ready_because, const Metrics& metrics) {
  if (request.method != "GET" && request.method != "HEAD") return text_response(405, "GET only\n");
  if (request.path() == "/livez") return text_response(200, "ok\n");
  if (request.path() == "/readyz") return ready_response(not_ready_because);
  if (request.path() == "/metrics") {
    return {.status = 200, .body = metrics.expose(), .content_type = "text/plain; version=0.0.4; charset=utf-8"};
  }
  return text_response(404, "/livez, /readyz and /metrics are here\n");
}

}  // namespace

Handler make_health_handler(ReadyCheck not_ready_because, const Metrics& metrics) {
  return
      [not_ready_because = std::move(not_ready_because), &metrics](const ServerRequest& request, Responder responder) {
        responder.respond(answer(request, not_ready_because, metrics));
      };
}

}  // namespace net
