#include "tests/support/api_server_proxy.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tests {
namespace {

constexpr std::size_t kBytesMax = 64 << 20;
constexpr std::array kForwarded = {"Accept", "Authorization", "Content-Type"};

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (slash != 0) parts.emplace_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return parts;
}

// "PUT imagescans/status" of /apis/GROUP/VERSION/namespaces/NS/imagescans/NAME/status.
std::string line_of(const net::ServerRequest& request) {
  const std::vector<std::string> parts = parts_of(request.path());
  std::size_t at = !parts.empty() && parts.front() == "api" ? 2 : 3;
  if (at + 2 < parts.size() && parts[at] == "namespaces") at += 2;
  if (at >= parts.size()) return request.method;
  std::string line = request.method + " " + parts[at];
  return at + 2 < parts.size() ? line + "/" + parts[at + 2] : line;
}

bool is_watch(const net::ServerRequest& request) {
  return request.target.find("watch=true") != std::string::npos || request.target.find("watch=1") != std::string::npos;
}

}  // namespace

ApiServerProxy::ApiServerProxy(const std::shared_ptr<const kubernetes::Config>& upstream)
    : upstream_(upstream->server),
      http_(net::make_http_client({.tls = {.ca_bundle_pem = upstream->tls.ca_bundle_pem}, .address_policy = {}})),
      server_(net::make_http_server({.name = "api-server-proxy",
                                     .address = "127.0.0.1",
                                     .threads = 2,
                                     .limits = {.header_bytes_max = 64 << 10,
                                                .requests_in_flight_max = 1024,
                                                .write_timeout = std::chrono::minutes(5)}},
                                    [this](net::ServerRequest request, net::Responder responder) {
                                      accept(std::move(request), std::move(responder));
                                    })) {}

ApiServerProxy::~ApiServerProxy() {
  stop_.request_stop();
  server_->stop(std::chrono::milliseconds(0));
  transfers_.clear();
}

void ApiServerProxy::accept(net::ServerRequest request, net::Responder responder) {
  const std::lock_guard lock(mutex_);
  std::erase_if(transfers_, [](const Transfer& transfer) { return transfer.ended->load(); });
  Transfer& transfer = transfers_.emplace_back();
  transfer.thread = std::jthread(
      [this, ended = transfer.ended, request = std::move(request), responder = std::move(responder)]() mutable {
        forward(request, std::move(responder), stop_.get_token());
        ended->store(true);
      });
}

std::string ApiServerProxy::kubeconfig_like(const std::string& original, const std::string& path) const {
  const kubernetes::Config config = kubernetes::load_kubeconfig(original, "");
  std::ofstream file(path, std::ios::trunc);
  file << "apiVersion: v1\nkind: Config\ncurrent-context: proxied\n"
       << "clusters:\n- name: proxied\n  cluster: {server: \"http://127.0.0.1:" << server_->port() << "\"}\n"
       << "users:\n- name: proxied\n  user: {token: \"" << config.token << "\"}\n"
       << "contexts:\n- name: proxied\n  context: {cluster: proxied, user: proxied}\n";
  CHECK(file.good());
  return path;
}

void ApiServerProxy::arm(std::string line, Moment moment, pid_t process) {
  const std::lock_guard lock(mutex_);
  order_ = Order{.line = std::move(line), .moment = moment, .process = process};
}

bool ApiServerProxy::struck() const {
  const std::lock_guard lock(mutex_);
  return !order_;
}

void ApiServerProxy::freeze_at(std::string line, pid_t process) {
  const std::lock_guard lock(mutex_);
  order_ = Order{.line = std::move(line), .process = process, .signal = SIGSTOP};
}

bool ApiServerProxy::frozen() const {
  const std::lock_guard lock(mutex_);
  return hold_ == Hold::kHeld;
}

void ApiServerProxy::let_go() {
  const std::lock_guard lock(mutex_);
  hold_ = Hold::kLetGo;
  changed_.notify_all();
}

std::vector<ApiServerProxy::Write> ApiServerProxy::writes() const {
  const std::lock_guard lock(mutex_);
  return writes_;
}

void ApiServerProxy::hold_back(const std::string& line, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!order_ || order_->line != line || order_->signal != SIGSTOP) return;
  ::kill(order_->process, SIGSTOP);
  order_.reset();
  hold_ = Hold::kHeld;
  changed_.wait(lock, stop, [this] { return hold_ == Hold::kLetGo; });
}

void ApiServerProxy::note(const std::string& line, int status) {
  if (line.starts_with("GET ")) return;
  const std::lock_guard lock(mutex_);
  writes_.push_back({.line = line, .status = status});
}

bool ApiServerProxy::strike(const std::string& line, Moment moment) {
  const std::lock_guard lock(mutex_);
  if (!order_ || order_->line != line || order_->moment != moment || order_->signal != SIGKILL) return false;
  ::kill(order_->process, SIGKILL);
  order_.reset();
  return true;
}

void ApiServerProxy::forward(const net::ServerRequest& request, net::Responder responder, const std::stop_token& stop) {
  const std::string line = line_of(request);
  // A watch of a process that is gone would stay until something happens.
  std::stop_source gone;
  const std::stop_callback ended(stop, [&gone] { gone.request_stop(); });
  responder.when_abandoned([gone]() mutable { gone.request_stop(); });
  if (strike(line, Moment::kBeforeWrite)) return;
  hold_back(line, stop);
  net::HttpRequest onward;
  onward.method = request.method;
  onward.url = upstream_;
  onward.url.target = request.target;
  onward.body = request.body;
  onward.body_bytes_max = kBytesMax;
  for (const char* name : kForwarded) {
    if (const auto value = net::find_header(request.headers, name)) onward.headers[name] = *value;
  }
  try {
    if (!is_watch(request)) {
      net::HttpResponse answer = http_->send(onward, gone.get_token());
      note(line, answer.status);
      if (strike(line, Moment::kAfterWrite)) return;
      return responder.respond({.status = answer.status, .headers = {}, .body = std::move(answer.body)});
    }
    onward.total_timeout = std::chrono::milliseconds(0);
    onward.idle_timeout = std::chrono::minutes(30);
    bool started = false;
    const net::HttpResponse end = http_->stream(
        onward,
        [&](const net::HttpResponse& head) {
          responder.start(head.status, {{"Content-Type", "application/json"}});
          started = true;
        },
        [&](std::span<const char> piece) {
          return responder.write({piece.data(), piece.size()});
        },
        gone.get_token());
    if (started) {
      responder.end();
    } else {
      responder.respond({.status = end.status, .headers = {}, .body = end.body});
    }
  } catch (const base::NetworkError&) {
    return;  // unanswered: a 500, or a broken watch
  }
}

}  // namespace tests
