// A registry in this process that can lie: for the faults that a real registry does not show. What a registry does when
// it is well is tested against a real one.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/digest.h"
#include "base/guarded.h"
#include "base/image_reference.h"
#include "net/http_server.h"
#include "net/url_policy.h"

namespace tests {

// An image of one layer: what was stored, and its bytes.
struct FakeImage {
  base::Digest manifest;
  base::Digest config;
  base::Digest layer;
  std::string manifest_bytes;
};

class FakeRegistry {
 public:
  struct Seen {
    std::string method;
    std::string target;
    std::string authorization;  // empty: none
  };
  // Answers instead of the content; nullopt lets it pass. Runs on the server's thread.
  using Intercept = std::function<std::optional<net::ServerResponse>(const net::ServerRequest&)>;

  FakeRegistry();
  ~FakeRegistry();

  // Stores content that is served under /v2/<any repository>/.
  base::Digest add_manifest(const std::string& bytes, const std::string& media_type, const std::string& tag = "");
  base::Digest add_blob(const std::string& bytes);
  // An image for linux/amd64, or for the platform whose config is given.
  FakeImage add_image(const std::string& layer_bytes, const std::string& tag = "",
                      const std::string& config = R"({"os":"linux","architecture":"amd64"})");
  // An artifact of one layer: a file that is no image.
  base::Digest add_artifact(const std::string& file, const std::string& layer_type, const std::string& tag);
  void intercept(Intercept intercept);
  // From now on uploads are stored; with the referrers API, what has a subject is listed by it.
  void take_pushes(bool has_referrers_api);
  // Whether a Range header gives a part of a blob (206), as registries do, or is ignored.
  void serve_ranges(bool serve);
  // Requests whose target begins so get no answer until release().
  void hold(const std::string& target);
  void release();
  [[nodiscard]] std::size_t held() const;
  // Requests whose target begins so are answered a byte at a time, with this long between two.
  void drip(const std::string& target, std::chrono::milliseconds pause);

  [[nodiscard]] int port() const { return server_->port(); }
  [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(port()); }
  [[nodiscard]] std::string url() const { return "http://" + host(); }
  [[nodiscard]] base::ImageReference reference(const std::string& rest) const;
  // Lets plain HTTP to this registry pass, and nothing else.
  [[nodiscard]] net::UrlPolicy policy() const { return {.plain_http_hosts = {host()}}; }
  [[nodiscard]] std::vector<Seen> seen() const;
  // Every Authorization value that arrived, for looking for a credential where it must not be.
  [[nodiscard]] std::string all_authorizations() const;

 private:
  struct Stored {
    std::string bytes;
    std::string media_type;
  };
  struct Held {
    net::ServerRequest request;
    net::Responder responder;
  };
  struct State {
    std::map<std::string, Stored> content;  // by "manifests/NAME" and "blobs/DIGEST"
    Intercept intercept;
    bool serves_ranges = true;
    bool takes_pushes = false;
    bool has_referrers_api = false;
    std::map<std::string, nlohmann::json> referrers;  // descriptors, by the digest of their subject
    std::vector<Seen> seen;
    std::string held_target;  // empty: none
    std::vector<Held> held;
    std::string dripped_target;  // empty: none
    std::chrono::milliseconds drip_pause{0};
    std::vector<std::jthread> drips;
  };
  void handle(net::ServerRequest request, net::Responder responder);
  [[nodiscard]] net::ServerResponse answer(const net::ServerRequest& request);
  void add(const std::string& key, const Stored& stored);
  [[nodiscard]] static std::optional<net::ServerResponse> take_push(State& state, const net::ServerRequest& request);
  static void list_referrer(State& state, const std::string& manifest);

  base::Guarded<State> state_;
  std::unique_ptr<net::HttpServer> server_;  // last: it uses the state
};

// A descriptor as JSON text.
[[nodiscard]] std::string descriptor_json(const std::string& media_type, const base::Digest& digest, std::size_t size,
                                          const std::string& more = "");

inline constexpr const char* kOciManifestType = "application/vnd.oci.image.manifest.v1+json";
inline constexpr const char* kOciIndexType = "application/vnd.oci.image.index.v1+json";
inline constexpr const char* kOciConfigType = "application/vnd.oci.image.config.v1+json";
inline constexpr const char* kOciLayerType = "application/vnd.oci.image.layer.v1.tar+gzip";

}  // namespace tests
