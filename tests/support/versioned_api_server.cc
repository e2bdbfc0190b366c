#include "tests/support/versioned_api_server.h"

#include <algorithm>
#include <utility>

#include "tests/support/fake_api_server.h"

namespace tests {
namespace {

using nlohmann::json;

// The value of a parameter of the query; empty where it is not there.
std::string parameter(const net::ServerRequest& request, const std::string& name) {
  const std::size_t query = request.target.find('?');
  if (query == std::string::npos) return {};
  const std::string text = "&" + request.target.substr(query + 1) + "&";
  const std::size_t at = text.find("&" + name + "=");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 2;
  return text.substr(begin, text.find('&', begin) - begin);
}

int number(const std::string& text) {
  return text.empty() ? 0 : std::stoi(text);
}

net::ServerResponse gone() {
  return {.status = 410, .headers = {}, .body = status_of(410, "Expired").dump()};
}

}  // namespace

VersionedApiServer::VersionedApiServer() {
  net::ServerSettings settings;
  settings.name = "versioned-api-server";
  settings.address = "127.0.0.1";
  settings.threads = 2;
  server_ = net::make_http_server(settings, [this](const net::ServerRequest& request, net::Responder responder) {
    handle(request, std::move(responder));
  });
}

VersionedApiServer::~VersionedApiServer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    watches_.clear();
  }
  server_->stop(std::chrono::milliseconds(0));
}

void VersionedApiServer::handle(const net::ServerRequest& request, net::Responder responder) {
  const std::lock_guard lock(mutex_);
  if (refusals_ > 0) {
    --refusals_;
    return responder.respond(refusal_);
  }
  if (parameter(request, "watch") != "true") return responder.respond(list(request));
  ++counts_.watches;
  const int after = number(parameter(request, "resourceVersion"));
  if (after < compacted_) return responder.respond(gone());
  watch(after, std::move(responder));
}

// With the mutex held.
net::ServerResponse VersionedApiServer::list(const net::ServerRequest& request) {
  const std::size_t limit = static_cast<std::size_t>(number(parameter(request, "limit")));
  const std::string token = parameter(request, "continue");  // "VERSION-OBJECTS BEFORE IT"
  int version = version_;
  std::size_t begin = 0;
  if (!token.empty()) {
    version = number(token);
    begin = static_cast<std::size_t>(number(token.substr(token.find('-') + 1)));
    if (version < compacted_ || !listed_.contains(version)) return gone();
  } else {
    ++(limit == 1 ? counts_.looks : counts_.lists);
    const bool lags = lagging_lists_ > 0;
    if (lags) --lagging_lists_;
    if (lags) version = lagging_.version;
    listed_[version].clear();
    for (const auto& [name, object] : lags ? lagging_.objects : objects_) listed_[version].push_back(object);
  }
  const std::vector<json>& all = listed_.at(version);
  const std::size_t end = std::min(all.size(), begin + limit);
  json items = json::array();
  for (std::size_t i = begin; i < end; ++i) items.push_back(all[i]);
  const std::string next = end < all.size() ? std::to_string(version) + "-" + std::to_string(end) : "";
  const json page = {{"kind", "List"},
                     {"metadata", {{"resourceVersion", std::to_string(version)}, {"continue", next}}},
                     {"items", items}};
  return {.status = 200, .headers = {}, .body = page.dump()};
}

// With the mutex held.
void VersionedApiServer::watch(int after, net::Responder responder) {
  if (ending_) return;
  responder.start(200, {{"Content-Type", "application/json"}});
  for (const Change& change : history_) {
    if (change.version > after && !responder.write(change.line)) return;
  }
  watches_.push_back({.responder = std::move(responder), .after = after});
}

void VersionedApiServer::put(const std::string& name, const std::string& value) {
  const std::lock_guard lock(mutex_);
  const bool known = objects_.contains(name);
  const json object = object_of(name, std::to_string(version_ + 1), value);
  objects_[name] = object;
  change(known ? "MODIFIED" : "ADDED", object);
}

void VersionedApiServer::remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(name);
  if (found == objects_.end()) return;
  json object = std::move(found->second);
  objects_.erase(found);
  object["metadata"]["resourceVersion"] = std::to_string(version_ + 1);
  change("DELETED", std::move(object));
}

// With the mutex held.
void VersionedApiServer::change(const std::string& type, json object) {
  ++version_;
  // Watches say what lists leave out.
  object["kind"] = "ConfigMap";
  object["apiVersion"] = "v1";
  history_.push_back({.version = version_, .line = watch_line(type, object)});
  tell(version_, history_.back().line);
}

// With the mutex held.
void VersionedApiServer::tell(int version, const std::string& line) {
  std::erase_if(watches_, [&](OpenWatch& watch) {
    return watch.after < version && !watch.silent && !watch.responder.write(line);
  });
}

void VersionedApiServer::write_elsewhere() {
  const std::lock_guard lock(mutex_);
  ++version_;
}

VersionedApiServer::Values VersionedApiServer::values() const {
  const std::lock_guard lock(mutex_);
  Values values;
  for (const auto& [name, object] : objects_) values[name] = object.at("data").at("value").get<std::string>();
  return values;
}

VersionedApiServer::Backup VersionedApiServer::backup() const {
  const std::lock_guard lock(mutex_);
  return {.version = version_, .objects = objects_};
}

void VersionedApiServer::compact() {
  const std::lock_guard lock(mutex_);
  ++version_;
  compacted_ = version_;
  history_.clear();
}

void VersionedApiServer::compact_under_watches() {
  compact();
  const std::lock_guard lock(mutex_);
  for (OpenWatch& watch : watches_) {
    if (watch.responder.write(error_line(410, "Expired"))) watch.responder.end();
  }
  watches_.clear();
}

void VersionedApiServer::restore(const Backup& backup, Watches watches) {
  const std::lock_guard lock(mutex_);
  version_ = backup.version;
  compacted_ = std::min(compacted_, version_);
  objects_ = backup.objects;
  listed_.clear();
  std::erase_if(history_, [&](const Change& change) { return change.version > version_; });
  if (watches == Watches::kCut) watches_.clear();
}

void VersionedApiServer::lag(Backup known, int lists) {
  const std::lock_guard lock(mutex_);
  lagging_ = std::move(known);
  lagging_lists_ = lists;
}

void VersionedApiServer::refuse(int requests, net::ServerResponse response) {
  const std::lock_guard lock(mutex_);
  refusals_ = requests;
  refusal_ = std::move(response);
}

void VersionedApiServer::tell_bookmark() {
  const std::lock_guard lock(mutex_);
  tell(version_, bookmark_line(std::to_string(version_)));
}

void VersionedApiServer::cut_watches() {
  const std::lock_guard lock(mutex_);
  watches_.clear();
}

void VersionedApiServer::end_watches() {
  const std::lock_guard lock(mutex_);
  for (OpenWatch& watch : watches_) watch.responder.end();
  watches_.clear();
}

void VersionedApiServer::fall_silent() {
  const std::lock_guard lock(mutex_);
  for (OpenWatch& watch : watches_) watch.silent = true;
}

std::shared_ptr<const kubernetes::Config> VersionedApiServer::config() const {
  kubernetes::Config config;
  config.server = net::parse_url("http://127.0.0.1:" + std::to_string(server_->port()));
  return std::make_shared<const kubernetes::Config>(config);
}

VersionedApiServer::Counts VersionedApiServer::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::size_t VersionedApiServer::open_watches() const {
  const std::lock_guard lock(mutex_);
  return watches_.size();
}

}  // namespace tests
