#include "tests/support/fake_registry.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace tests {
namespace {

// "bytes=100-", as a client asks for the rest of what it has.
void cut_to_range(const net::ServerRequest& request, net::ServerResponse& response) {
  constexpr std::string_view kPrefix = "bytes=";
  const std::string range = net::find_header(request.headers, "Range").value_or("");
  if (!range.starts_with(kPrefix)) return;
  const std::size_t from = std::stoul(range.substr(kPrefix.size()));
  if (from >= response.body.size()) {
    response = {.status = 416};
    return;
  }
  response.status = 206;
  response.headers["Content-Range"] = "bytes " + std::to_string(from) + "-" + std::to_string(response.body.size() - 1) +
                                      "/" + std::to_string(response.body.size());
  response.body.erase(0, from);
}

void send_dripping(net::Responder& responder, const net::ServerResponse& response, std::chrono::milliseconds pause,
                   const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  net::Headers headers = response.headers;
  headers["Content-Type"] = response.content_type;
  responder.start(response.status, headers);
  for (std::size_t at = 0; at < response.body.size() && responder.write(response.body.substr(at, 1)); ++at) {
    wake.wait_for(lock, stop, pause, [] { return false; });
    if (stop.stop_requested()) return;
  }
  responder.end();
}

}  // namespace

FakeRegistry::FakeRegistry()
    : server_(net::make_http_server({.name = "fake registry", .address = "127.0.0.1"},
                                    [this](net::ServerRequest request, net::Responder responder) {
                                      handle(std::move(request), std::move(responder));
                                    })) {}

FakeRegistry::~FakeRegistry() {
  state_.with([](State& state) { return std::exchange(state.drips, {}); }).clear();
}

void FakeRegistry::handle(net::ServerRequest request, net::Responder responder) {
  const bool held = state_.with([&](State& state) {
    if (state.held_target.empty() || !request.target.starts_with(state.held_target)) return false;
    state.held.push_back({std::move(request), std::move(responder)});
    return true;
  });
  if (held) return;
  net::ServerResponse response = answer(request);
  const bool drips = state_.with([&](State& state) {
    if (state.dripped_target.empty() || !request.target.starts_with(state.dripped_target)) return false;
    state.drips.emplace_back([responder = std::move(responder), response = std::move(response),
                              pause = state.drip_pause](const std::stop_token& stop) mutable {
      send_dripping(responder, response, pause, stop);
    });
    return true;
  });
  if (!drips) responder.respond(std::move(response));
}

void FakeRegistry::add(const std::string& key, const Stored& stored) {
  state_.with([&](State& state) { state.content[key] = stored; });
}

base::Digest FakeRegistry::add_manifest(const std::string& bytes, const std::string& media_type,
                                        const std::string& tag) {
  const base::Digest digest = base::Digest::of(bytes);
  add("manifests/" + digest.text(), {bytes, media_type});
  if (!tag.empty()) add("manifests/" + tag, {bytes, media_type});
  return digest;
}

base::Digest FakeRegistry::add_blob(const std::string& bytes) {
  const base::Digest digest = base::Digest::of(bytes);
  add("blobs/" + digest.text(), {bytes, "application/octet-stream"});
  return digest;
}

FakeImage FakeRegistry::add_image(const std::string& layer_bytes, const std::string& tag, const std::string& config) {
  const base::Digest config_digest = add_blob(config);
  const base::Digest layer_digest = add_blob(layer_bytes);
  const std::string manifest = R"({"schemaVersion":2,"mediaType":")" + std::string(kOciManifestType) +
                               R"(","config":)" + descriptor_json(kOciConfigType, config_digest, config.size()) +
                               R"(,"layers":[)" + descriptor_json(kOciLayerType, layer_digest, layer_bytes.size()) +
                               "]}";
  return {.manifest = add_manifest(manifest, kOciManifestType, tag),
          .config = config_digest,
          .layer = layer_digest,
          .manifest_bytes = manifest};
}

base::Digest FakeRegistry::add_artifact(const std::string& file, const std::string& layer_type,
                                        const std::string& tag) {
  const std::string empty = "{}";
  const std::string config = descriptor_json("application/vnd.oci.empty.v1+json", add_blob(empty), empty.size());
  const std::string layer = descriptor_json(layer_type, add_blob(file), file.size());
  return add_manifest(R"({"schemaVersion":2,"config":)" + config + R"(,"layers":[)" + layer + "]}", kOciManifestType,
                      tag);
}

void FakeRegistry::intercept(Intercept intercept) {
  state_.with([&](State& state) { state.intercept = std::move(intercept); });
}

base::ImageReference FakeRegistry::reference(const std::string& rest) const {
  return base::parse_image_reference(host() + "/" + rest);
}

void FakeRegistry::hold(const std::string& target) {
  state_.with([&](State& state) { state.held_target = target; });
}

void FakeRegistry::release() {
  std::vector<Held> held = state_.with([](State& state) {
    state.held_target.clear();
    return std::exchange(state.held, {});
  });
  for (Held& one : held) one.responder.respond(answer(one.request));
}

std::size_t FakeRegistry::held() const {
  return state_.with([](const State& state) { return state.held.size(); });
}

void FakeRegistry::drip(const std::string& target, std::chrono::milliseconds pause) {
  state_.with([&](State& state) {
    state.dripped_target = target;
    state.drip_pause = pause;
  });
}

void FakeRegistry::take_pushes(bool has_referrers_api) {
  state_.with([&](State& state) {
    state.takes_pushes = true;
    state.has_referrers_api = has_referrers_api;
  });
}

void FakeRegistry::list_referrer(State& state, const std::string& manifest) {
  const nlohmann::json object = nlohmann::json::parse(manifest);
  nlohmann::json& listed = state.referrers[object.at("subject").at("digest")];
  listed.push_back({{"mediaType", object.at("mediaType")},
                    {"digest", base::Digest::of(manifest).text()},
                    {"size", manifest.size()},
                    {"artifactType", object.value("artifactType", "")}});
  const std::string index = nlohmann::json{{"schemaVersion", 2}, {"manifests", listed}}.dump();
  state.content["referrers/" + object.at("subject").at("digest").get<std::string>()] = {index, kOciIndexType};
}

std::optional<net::ServerResponse> FakeRegistry::take_push(State& state, const net::ServerRequest& request) {
  constexpr std::string_view kManifests = "/manifests/";
  if (!state.takes_pushes) return std::nullopt;
  if (request.method == "POST") {
    return net::ServerResponse{.status = 202, .headers = {{"Location", "/v2/any/blobs/uploads/1"}}};
  }
  if (request.method != "PUT") return std::nullopt;
  net::ServerResponse stored{.status = 201};
  const std::string digest = base::Digest::of(request.body).text();
  const std::size_t at = request.target.find(kManifests);
  if (at == std::string::npos) {
    state.content["blobs/" + digest] = {request.body, "application/octet-stream"};
    return stored;
  }
  const Stored manifest{request.body, net::find_header(request.headers, "Content-Type").value_or("")};
  state.content["manifests/" + digest] = manifest;
  state.content["manifests/" + request.target.substr(at + kManifests.size())] = manifest;
  if (state.has_referrers_api && request.body.find("\"subject\"") != std::string::npos) {
    list_referrer(state, request.body);
    stored.headers["OCI-Subject"] = "sha256:any";
  }
  return stored;
}

void FakeRegistry::serve_ranges(bool serve) {
  state_.with([serve](State& state) { state.serves_ranges = serve; });
}

std::vector<FakeRegistry::Seen> FakeRegistry::seen() const {
  return state_.with([](const State& state) { return state.seen; });
}

std::string FakeRegistry::all_authorizations() const {
  std::string all;
  for (const Seen& seen_request : seen()) all += seen_request.authorization + "\n";
  return all;
}

net::ServerResponse FakeRegistry::answer(const net::ServerRequest& request) {
  return state_.with([&](State& state) -> net::ServerResponse {
    state.seen.push_back({.method = request.method,
                          .target = request.target,
                          .authorization = net::find_header(request.headers, "Authorization").value_or("")});
    if (state.intercept) {
      if (const auto answered = state.intercept(request)) return *answered;
    }
    if (const auto answered = take_push(state, request)) return *answered;
    const std::size_t manifests = request.target.find("/manifests/");
    const std::size_t others = std::min(request.target.find("/blobs/"), request.target.find("/referrers/"));
    const std::size_t at = manifests == std::string::npos ? others : manifests;
    const auto found =
        at == std::string::npos ? state.content.end() : state.content.find(request.target.substr(at + 1));
    if (found == state.content.end()) {
      return {.status = 404, .body = R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]})"};
    }
    net::ServerResponse response{.body = found->second.bytes, .content_type = found->second.media_type};
    if (manifests != std::string::npos) {
      response.headers["Docker-Content-Digest"] = base::Digest::of(found->second.bytes).text();
    }
    if (state.serves_ranges) cut_to_range(request, response);
    return response;
  });
}

std::string descriptor_json(const std::string& media_type, const base::Digest& digest, std::size_t size,
                            const std::string& more) {
  return R"({"mediaType":")" + media_type + R"(","digest":")" + digest.text() + R"(","size":)" + std::to_string(size) +
         more + "}";
}

}  // namespace tests
