#include "tests/support/fake_api_server.h"

#include <chrono>
#include <utility>

namespace tests {

FakeApiServer::FakeApiServer() {
  net::ServerSettings settings;
  settings.name = "fake-api-server";
  settings.address = "127.0.0.1";
  server_ = net::make_http_server(settings, [this](net::ServerRequest request, net::Responder responder) {
    handle(std::move(request), std::move(responder));
  });
}

FakeApiServer::~FakeApiServer() {
  release();
  server_->stop(std::chrono::milliseconds(0));
}

void FakeApiServer::handle(net::ServerRequest request, net::Responder responder) {
  Answer answer;
  {
    std::lock_guard lock(mutex_);
    requests_.push_back(request);
    changed_.notify_all();
    if (answer_) return responder.respond(answer_(request));
    if (script_.empty()) {
      if (!released_) held_.push_back(std::move(responder));
      return;
    }
    answer = std::move(script_.front());
    script_.pop_front();
  }
  answer(std::move(responder));
}

FakeApiServer& FakeApiServer::then(net::ServerResponse response) {
  std::lock_guard lock(mutex_);
  script_.emplace_back([response = std::move(response)](net::Responder responder) { responder.respond(response); });
  return *this;
}

FakeApiServer& FakeApiServer::then_object(const nlohmann::json& object) {
  return then({.status = 200, .headers = {}, .body = object.dump()});
}

FakeApiServer& FakeApiServer::then_list(const std::string& resource_version, const std::vector<nlohmann::json>& items,
                                        const std::string& continue_token) {
  return then_object({{"kind", "List"},
                      {"metadata", {{"resourceVersion", resource_version}, {"continue", continue_token}}},
                      {"items", items}});
}

FakeApiServer& FakeApiServer::then_status(int code, const std::string& reason, const net::Headers& headers) {
  return then({.status = code, .headers = headers, .body = status_of(code, reason).dump()});
}

FakeApiServer& FakeApiServer::then_watch(std::string bytes, WatchEnd end) {
  std::lock_guard lock(mutex_);
  script_.emplace_back([this, bytes = std::move(bytes), end](net::Responder responder) {
    responder.start(200, {{"Content-Type", "application/json"}});
    (void)responder.write(bytes);
    if (end == WatchEnd::kClosed) responder.end();
    if (end != WatchEnd::kSilent) return;
    std::lock_guard hold(mutex_);
    held_.push_back(std::move(responder));
  });
  return *this;
}

void FakeApiServer::answer_with(std::function<net::ServerResponse(const net::ServerRequest&)> answer) {
  std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

void FakeApiServer::release() {
  std::lock_guard lock(mutex_);
  held_.clear();
  released_ = true;
}

std::shared_ptr<const kubernetes::Config> FakeApiServer::config(const std::string& token) const {
  kubernetes::Config config;
  config.server = net::parse_url("http://127.0.0.1:" + std::to_string(server_->port()));
  config.token = token;
  return std::make_shared<const kubernetes::Config>(config);
}

std::vector<net::ServerRequest> FakeApiServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<net::ServerRequest> FakeApiServer::wait_for_requests(std::size_t count) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(10), [&] { return requests_.size() >= count; });
  return requests_;
}

nlohmann::json object_of(const std::string& name, const std::string& resource_version, const std::string& value) {
  return {{"metadata", {{"namespace", "shop"}, {"name", name}, {"resourceVersion", resource_version}}},
          {"data", {{"value", value}}}};
}

nlohmann::json status_of(int code, const std::string& reason) {
  return {{"kind", "Status"},           {"apiVersion", "v1"}, {"status", "Failure"},
          {"message", "no: " + reason}, {"reason", reason},   {"code", code}};
}

std::string watch_line(const std::string& type, const nlohmann::json& object) {
  return nlohmann::json{{"type", type}, {"object", object}}.dump() + "\n";
}

std::string error_line(int code, const std::string& reason) {
  return watch_line("ERROR", status_of(code, reason));
}

std::string bookmark_line(const std::string& resource_version) {
  return watch_line("BOOKMARK", {{"kind", "ConfigMap"}, {"metadata", {{"resourceVersion", resource_version}}}});
}

}  // namespace tests
