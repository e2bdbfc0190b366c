#include "tests/support/feed_host.h"

#include <optional>
#include <utility>

namespace tests {

FeedHost::FeedHost()
    : server_(net::make_http_server({.name = "feeds", .address = "127.0.0.1"},
                                    [this](const net::ServerRequest& request, net::Responder responder) {
                                      answer(request, std::move(responder));
                                    })) {}

FeedHost::~FeedHost() {
  server_->stop(std::chrono::milliseconds(0));
}

std::string FeedHost::host() const {
  return "127.0.0.1:" + std::to_string(server_->port());
}

void FeedHost::publish(const std::string& path, const std::string& content, const std::string& etag) {
  state_.with([&](State& state) { state.feeds[path] = {.content = content, .etag = etag, .location = {}}; });
}

void FeedHost::redirect(const std::string& path, const std::string& location) {
  state_.with([&](State& state) { state.feeds[path] = {.content = {}, .etag = {}, .location = location}; });
}

void FeedHost::fail(std::deque<Fault> faults) {
  state_.with([&](State& state) { state.faults = std::move(faults); });
}

std::vector<FeedHost::Seen> FeedHost::seen() const {
  return state_.with([](const State& state) { return state.seen; });
}

void FeedHost::answer(const net::ServerRequest& request, net::Responder responder) {
  net::ServerResponse response{.status = 404};
  const std::string condition = net::find_header(request.headers, "If-None-Match").value_or("");
  const std::optional<Fault> fault = state_.with([&](State& state) {
    std::optional<Fault> next;
    if (!state.faults.empty()) {
      next = state.faults.front();
      state.faults.pop_front();
    }
    if (const auto feed = state.feeds.find(request.target); next == Fault::kUnavailable) {
      response.status = 503;
    } else if (feed != state.feeds.end() && !feed->second.location.empty()) {
      response = {.status = 302, .headers = {{"Location", feed->second.location}}};
    } else if (feed != state.feeds.end()) {
      const bool is_known = !feed->second.etag.empty() && condition == feed->second.etag;
      response.status = is_known ? 304 : 200;
      if (!is_known) response.body = feed->second.content;
      if (!feed->second.etag.empty()) response.headers["ETag"] = feed->second.etag;
    }
    const int status = next == Fault::kCut ? 0 : response.status;
    state.seen.push_back({.path = request.target, .if_none_match = condition, .status = status});
    return next;
  });
  if (fault != Fault::kCut) return responder.respond(std::move(response));
  // Half of it; that the answer never ends is seen when the responder goes.
  responder.start(200, response.headers);
  static_cast<void>(responder.write(response.body.substr(0, response.body.size() / 2)));
}

}  // namespace tests
