#include "kubernetes/http_api_client.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.h"
#include "kubernetes/limits.h"
#include "kubernetes/list_page.h"
#include "kubernetes/watch_lines.h"
#include "net/json.h"

namespace kubernetes {
namespace {

constexpr int kGone = 410;

// Builds "?a=b&c=d", leaving out what is empty.
class Query {
 public:
  Query& add(std::string_view name, std::string_view value) {
    if (value.empty()) return *this;
    text_ += text_.empty() ? "?" : "&";
    text_ += std::string(name) + "=" + net::percent_encode(value);
    return *this;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// "GET https://host:port/path", without the query, for errors.
std::string describe(const net::HttpRequest& request) {
  return request.method + " " + request.url.authority() + request.url.target.substr(0, request.url.target.find('?'));
}

// The object as the API server wants it: with its apiVersion and kind.
std::string typed(const ResourceType& type, nlohmann::json object) {
  object["apiVersion"] = type.api_version();
  object["kind"] = type.kind;
  return object.dump();
}

nlohmann::json parse_object(const net::HttpRequest& request, const std::string& text) {
  nlohmann::json object = net::parse_json_bounded(
      text, describe(request), {.depth_max = kObjectDepthMax, .duplicate_keys = net::DuplicateKeys::kLastWins});
  if (!object.is_object()) throw base::ParseError(describe(request) + ": the answer is not a JSON object");
  return object;
}

// The Retry-After header in seconds; its other form, a date, is not used by API servers.
std::optional<std::chrono::seconds> retry_after_of(const net::HttpResponse& response) {
  const std::optional<std::string> text = net::find_header(response.headers, "Retry-After");
  unsigned short seconds = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), seconds).ec != std::errc()) return {};
  return std::chrono::seconds(std::min<int>(seconds, kRetryAfterSecondsMax));
}

ApiError error_of(const net::HttpRequest& request, const net::HttpResponse& response) {
  nlohmann::json status = nlohmann::json::parse(response.body, nullptr, false);
  if (status.is_discarded() || !status.is_object()) {
    // Not from the API server itself: a proxy, or an overloaded server's plain text.
    status = {{"message", base::escape_text(response.body, 256)}};
  }
  return error_of_status(describe(request), response.status, status, retry_after_of(response));
}

// Lists are read slower than the API server forgets.
ApiError expired_each_time(const net::HttpRequest& request) {
  return ApiError(describe(request) + ": expired before its last page was read, and so did " +
                      std::to_string(kListRestartsMax) + " that were begun anew",
                  kGone, "Expired", {});
}

std::string list_target(const ResourceType& type, const ListOptions& options, const std::string& continue_token) {
  Query query;
  query.add("limit", std::to_string(options.limit))
      .add("labelSelector", options.label_selector)
      .add("fieldSelector", options.field_selector)
      .add("continue", continue_token);
  return type.path(options.ns) + query.text();
}

std::string watch_target(const ResourceType& type, const WatchOptions& options) {
  Query query;
  query.add("watch", "true")
      .add("allowWatchBookmarks", "true")
      .add("resourceVersion", options.resource_version)
      .add("timeoutSeconds", std::to_string(options.timeout.count()))
      .add("labelSelector", options.label_selector)
      .add("fieldSelector", options.field_selector);
  return type.path(options.ns) + query.text();
}

}  // namespace

HttpApiClient::HttpApiClient(std::shared_ptr<const Config> config, std::unique_ptr<net::HttpClient> http,
                             net::Metrics* metrics)
    : config_(std::move(config)), http_(std::move(http)), metrics_(metrics), tokens_(config_) {}

std::optional<nlohmann::json> HttpApiClient::get(const ResourceType& type, const ObjectKey& key) {
  const net::HttpRequest get = request("GET", type.path(key.ns, key.name));
  const net::HttpResponse response = send(get);
  if (response.status == 404) return std::nullopt;
  check_status(get, response);
  return parse_object(get, response.body);
}

std::string HttpApiClient::list(const ResourceType& type, const ListOptions& options,
                                const std::function<void(nlohmann::json item)>& on_item,
                                const std::function<void()>& on_restart, std::stop_token stop) {
  std::string continue_token;
  int restarts = 0;
  while (true) {
    const net::HttpRequest get = request("GET", list_target(type, options, continue_token));
    ListReader reader(on_item);
    const net::HttpResponse response = stream_page(get, reader, stop);
    if (response.status == kGone && !continue_token.empty()) {
      if (restarts++ == kListRestartsMax) throw expired_each_time(get);
      continue_token.clear();
      on_restart();
      continue;
    }
    check_status(get, response);
    const ListPage page = reader.finish();
    if (page.continue_token.empty() || options.extent == ListExtent::kFirstPage) return page.resource_version;
    continue_token = page.continue_token;
  }
}

net::HttpResponse HttpApiClient::stream_page(net::HttpRequest get, ListReader& reader, std::stop_token stop) {
  get.total_timeout = kListPageTimeMax;
  const auto on_body = [&](std::span<const char> piece) {
    reader.feed(piece);
    return true;
  };
  const base::SteadyTime start = std::chrono::steady_clock::now();
  net::HttpResponse response = http_->stream(
      get, [](const net::HttpResponse&) {}, on_body, std::move(stop));
  count(get, std::to_string(response.status), start);
  return response;
}

nlohmann::json HttpApiClient::create(const ResourceType& type, const nlohmann::json& object) {
  // The name may be left to the server (generateName), the namespace may not.
  const auto metadata = object.find("metadata");
  const std::string ns = metadata == object.end() ? std::string() : metadata->value("namespace", std::string());
  return write("POST", type.path(ns), {.content_type = "application/json", .bytes = typed(type, object)});
}

nlohmann::json HttpApiClient::create_subresource(const ResourceType& type, const ObjectKey& key,
                                                 const std::string& subresource, const nlohmann::json& object) {
  return write("POST", type.path(key.ns, key.name, subresource),
               {.content_type = "application/json", .bytes = object.dump()});
}

nlohmann::json HttpApiClient::replace(const ResourceType& type, const nlohmann::json& object,
                                      const std::string& subresource) {
  const ObjectKey key = key_of(object);
  return write("PUT", type.path(key.ns, key.name, subresource),
               {.content_type = "application/json", .bytes = typed(type, object)});
}

nlohmann::json HttpApiClient::apply(const ResourceType& type, const nlohmann::json& object,
                                    const ApplyOptions& options) {
  CHECK(!options.field_manager.empty());
  const ObjectKey key = key_of(object);
  Query query;
  query.add("fieldManager", options.field_manager).add("force", options.force ? "true" : "");
  return write("PATCH", type.path(key.ns, key.name, options.subresource) + query.text(),
               {.content_type = "application/apply-patch+yaml", .bytes = typed(type, object)});
}

nlohmann::json HttpApiClient::merge_patch(const ResourceType& type, const ObjectKey& key, const nlohmann::json& patch,
                                          const std::string& subresource) {
  return write("PATCH", type.path(key.ns, key.name, subresource),
               {.content_type = "application/merge-patch+json", .bytes = patch.dump()});
}

bool HttpApiClient::remove(const ResourceType& type, const ObjectKey& key, const std::string& resource_version) {
  net::HttpRequest remove = request("DELETE", type.path(key.ns, key.name));
  if (!resource_version.empty()) {
    const nlohmann::json options = {
        {"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"preconditions", {{"resourceVersion", resource_version}}}};
    remove.headers["Content-Type"] = "application/json";
    remove.body = options.dump();
  }
  const net::HttpResponse response = send(remove);
  if (response.status == 404) return false;
  check_status(remove, response);
  return true;
}

void HttpApiClient::watch(const ResourceType& type, const WatchOptions& options,
                          const std::function<bool(WatchEvent)>& on_event, std::stop_token stop) {
  net::HttpRequest get = request("GET", watch_target(type, options));
  get.total_timeout = std::chrono::milliseconds{0};
  get.idle_timeout = options.idle_max;
  LineSplitter splitter;
  const auto on_line = [&](std::string_view line) {
    std::optional<WatchEvent> event = parse_watch_event(line);
    return !event || on_event(std::move(*event));
  };
  const base::SteadyTime start = std::chrono::steady_clock::now();
  const auto on_headers = [&](const net::HttpResponse& head) { count(get, std::to_string(head.status), start); };
  const auto on_body = [&](std::span<const char> piece) { return splitter.feed(piece, on_line); };
  check_status(get, http_->stream(get, on_headers, on_body, std::move(stop)));
}

net::HttpRequest HttpApiClient::request(const std::string& method, const std::string& target) {
  net::HttpRequest request;
  request.method = method;
  request.url = config_->server;
  const std::string prefix = config_->server.target == "/" ? "" : config_->server.target;
  request.url.target = prefix + target;
  request.headers["Accept"] = "application/json";
  const std::string token = tokens_.token(std::chrono::steady_clock::now());
  if (!token.empty()) request.headers["Authorization"] = "Bearer " + token;
  request.body_bytes_max = kObjectBytesMax;
  return request;
}

net::HttpResponse HttpApiClient::send(const net::HttpRequest& request, std::stop_token stop) {
  const base::SteadyTime start = std::chrono::steady_clock::now();
  net::HttpResponse response = http_->send(request, std::move(stop));
  count(request, std::to_string(response.status), start);
  return response;
}

nlohmann::json HttpApiClient::write(const std::string& method, const std::string& target, Body body) {
  net::HttpRequest write = request(method, target);
  write.headers["Content-Type"] = body.content_type;
  write.body = std::move(body.bytes);
  const net::HttpResponse response = send(write);
  check_status(write, response);
  return parse_object(write, response.body);
}

void HttpApiClient::check_status(const net::HttpRequest& request, const net::HttpResponse& response) {
  if (response.status >= 200 && response.status < 300) return;
  if (response.status == 401) tokens_.refused();
  throw error_of(request, response);
}

void HttpApiClient::count(const net::HttpRequest& request, const std::string& code, base::SteadyTime start) {
  if (metrics_ == nullptr) return;
  const std::chrono::duration<double> duration = std::chrono::steady_clock::now() - start;
  metrics_->add("rest_client_requests_total",
                {{"code", code}, {"method", request.method}, {"host", request.url.authority()}});
  metrics_->observe("rest_client_request_duration_seconds",
                    {{"verb", request.method}, {"host", request.url.authority()}}, duration.count());
}

// The API server has no reason of its own for it: only the words of its quota plugin tell it from other refusals.
bool ApiError::over_quota() const {
  return status() == 403 && std::string_view(what()).find("exceeded quota") != std::string_view::npos;
}

std::unique_ptr<ApiClient> make_api_client(std::shared_ptr<const Config> config, net::Metrics* metrics) {
  net::HttpClientSettings settings;
  settings.tls = config->tls;
  return std::make_unique<HttpApiClient>(std::move(config), net::make_http_client(std::move(settings)), metrics);
}

}  // namespace kubernetes
