#include "registry/registry_client.h"

#include <utility>

#include "registry/blob_transfer.h"
#include "registry/link_header.h"
#include "registry/manifest.h"
#include "registry/registry_session.h"
#include "registry/verified_image_source.h"

namespace registry {

namespace {

class RegistryStore final : public ContentStore {
 public:
  RegistryStore(RegistryClientSettings settings, const base::Clock& clock)
      : clock_(clock), pace_(settings.pace), session_(std::move(settings), clock) {}

  [[nodiscard]] base::SteadyTime resolution_deadline() const override {
    return clock_.steady_now() + pace_.resolution_max;
  }

  StoredManifest root(std::optional<base::Digest>& expected, const base::Patience& patience) override {
    const base::ImageReference& reference = session_.reference();
    if (reference.digest) {
      expected = reference.digest;
      return manifest_by(reference.digest->text(), patience, nullptr);
    }
    return manifest_by(reference.tag, patience, &expected);
  }

  StoredManifest manifest(const base::Digest& digest, const base::Patience& patience) override {
    return manifest_by(digest.text(), patience, nullptr);
  }

  void blob(const Descriptor& blob, const OnBlobBytes& on_bytes, const base::Patience& patience) override {
    const auto ask = [&](const BlobTransfer::Part& part, const net::OnHeaders& on_head, const net::OnBody& on_body) {
      session_.get({.path = path("blobs/") + blob.digest.text(),
                    .total_timeout = std::chrono::milliseconds(0),
                    .peer_timeout = part.time_left,
                    .range = part.offset == 0 ? std::string() : range_from(part.offset),
                    .on_head = on_head,
                    .on_body = on_body},
                   patience);
    };
    BlobTransfer(blob, on_bytes, {.clock = clock_, .pace = pace_, .patience = patience}).run(ask);
  }

  // A registry that leads to where the bytes are has judged who asks; that place may refuse a HEAD.
  bool has_blob(const Descriptor& blob, const base::Patience& patience) override {
    const net::HttpResponse answer =
        session_.ask({.method = "HEAD", .path = path("blobs/") + blob.digest.text(), .follow = false}, patience);
    return answer.status / 100 == 2 || is_redirect(answer.status);
  }

  // Registries from before the API, and those without it, have a tag for the index; some of them lead elsewhere or call
  // the question a bad one.
  std::string referrers(const base::Digest& manifest, std::string& next, const base::Patience& patience) override {
    const bool is_first = next.empty();
    const std::string page = is_first ? path("referrers/") + manifest.text() : std::exchange(next, {});
    net::HttpResponse answer =
        session_.ask({.path = page, .accept = std::string(manifest_media_types()), .follow = false}, patience);
    const bool has_no_api =
        is_redirect(answer.status) || answer.status == 400 || answer.status == 404 || answer.status == 405;
    if (is_first && has_no_api) {
      std::optional<StoredManifest> tagged = find_tag("sha256-" + manifest.hex(), patience);
      return tagged ? std::move(tagged->bytes) : std::string();
    }
    if (answer.status / 100 != 2) session_.fail(page, answer);
    const auto link = net::find_header(answer.headers, "Link");
    if (const std::optional<std::string> more = link ? next_link(*link) : std::nullopt) {
      next = session_.path_of(page, *more);
    }
    return std::move(answer.body);
  }

  std::optional<StoredManifest> find_tag(const std::string& tag, const base::Patience& patience) override {
    net::HttpResponse answer =
        session_.ask({.path = path("manifests/") + tag, .accept = std::string(manifest_media_types())}, patience);
    if (answer.status == 404) return std::nullopt;
    if (answer.status / 100 != 2) session_.fail(path("manifests/") + tag, answer);
    return stored(std::move(answer));
  }

 private:
  StoredManifest manifest_by(const std::string& name, const base::Patience& patience,
                             std::optional<base::Digest>* claimed) {
    net::HttpResponse response =
        session_.get({.path = path("manifests/") + name, .accept = std::string(manifest_media_types())}, patience);
    if (claimed != nullptr) {
      const auto header = net::find_header(response.headers, "Docker-Content-Digest");
      if (header) *claimed = base::Digest::parse(*header);
    }
    return stored(std::move(response));
  }

  static StoredManifest stored(net::HttpResponse response) {
    std::string content_type = net::find_header(response.headers, "Content-Type").value_or("");
    return {.bytes = std::move(response.body), .content_type = std::move(content_type)};
  }

  // Below /v2/.
  [[nodiscard]] std::string path(const char* of) const { return session_.reference().repository + "/" + of; }

  const base::Clock& clock_;
  const Pace pace_;
  RegistrySession session_;
};

}  // namespace

std::unique_ptr<ImageSource> make_registry_source(RegistryClientSettings settings, const base::Clock& clock) {
  std::shared_ptr<KnownPlatforms> platforms = settings.platforms;
  return make_verified_source(std::make_unique<RegistryStore>(std::move(settings), clock), std::move(platforms));
}

namespace {

net::HttpResponse head_of(RegistrySession& session, const std::stop_token& stop) {
  const base::ImageReference& reference = session.reference();
  const std::string name = reference.digest ? reference.digest->text() : reference.tag;
  return session.get({.method = "HEAD",
                      .path = reference.repository + "/manifests/" + name,
                      .accept = std::string(manifest_media_types())},
                     stop);
}

}  // namespace

std::string pull_authorization(RegistryClientSettings settings, const base::Clock& clock, std::stop_token stop) {
  // A token of the shared cache may have only seconds left, and who gets it here cannot ask for another.
  settings.tokens = std::make_shared<TokenCache>();
  RegistrySession session(std::move(settings), clock);
  static_cast<void>(head_of(session, stop));
  return session.authorization();
}

std::optional<base::Digest> find_digest(RegistryClientSettings settings, const base::Clock& clock,
                                        std::stop_token stop) {
  RegistrySession session(std::move(settings), clock);
  const auto header = net::find_header(head_of(session, stop).headers, "Docker-Content-Digest");
  return header ? base::Digest::parse(*header) : std::nullopt;
}

}  // namespace registry
