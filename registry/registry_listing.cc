#include "registry/registry_listing.h"

#include "base/error.h"
#include "base/image_reference.h"
#include "registry/limits.h"
#include "registry/link_header.h"
#include "registry/manifest.h"
#include "registry/name_page.h"
#include "registry/registry_session.h"

namespace registry {
namespace {

constexpr int kNotFound = 404;

// Any tag will do: what is asked of the registry itself has no repository in its tokens' scope.
RegistryClientSettings client_settings(const ListingSettings& settings, const std::string& repository) {
  base::ImageReference reference =
      base::parse_image_reference(settings.server + "/" + (repository.empty() ? "any" : repository) + ":any");
  std::vector<Credential> credentials = matching_credentials(settings.keyring, reference);
  reference.repository = repository;
  return {.reference = std::move(reference),
          .credentials = std::move(credentials),
          .policy = settings.policy,
          .ca_bundle_pem = settings.ca_bundle_pem,
          .tokens = settings.tokens,
          .gate = settings.gate};
}

}  // namespace

struct RegistryListing::Session {
  std::string repository;
  RegistrySession http;
};

RegistryListing::RegistryListing(ListingSettings settings, const base::Clock& clock)
    : settings_(std::move(settings)), clock_(clock) {
  if (!settings_.tokens) settings_.tokens = std::make_shared<TokenCache>();
}
RegistryListing::~RegistryListing() = default;

RegistryListing::Session& RegistryListing::session_for(const std::string& repository) {
  if (!session_ || session_->repository != repository) {
    session_.reset(
        new Session{.repository = repository, .http = RegistrySession(client_settings(settings_, repository), clock_)});
  }
  if (settings_.before_request) settings_.before_request();
  return *session_;
}

Names RegistryListing::repositories(const std::stop_token& stop) {
  return pages(session_for(""), "_catalog?n=" + std::to_string(kListPage), ListKind::kRepositories, stop);
}

Names RegistryListing::tags(const std::string& repository, const std::stop_token& stop) {
  return pages(session_for(repository), repository + "/tags/list?n=" + std::to_string(kListPage), ListKind::kTags,
               stop);
}

Names RegistryListing::pages(Session& session, const std::string& first_path, ListKind kind,
                             const std::stop_token& stop) {
  Names names;
  std::string path = first_path;
  base::SteadyTime::duration waited{0};
  for (int page = 0; page < kListPagesMax && waited < kListWaitMax; ++page) {
    if (page > 0 && settings_.before_request) settings_.before_request();
    const base::SteadyTime asked = clock_.steady_now();
    const net::HttpResponse response = session.http.ask({.path = path, .body_bytes_max = kListPageBytesMax}, stop);
    waited += clock_.steady_now() - asked;
    const bool is_gone = response.status == kNotFound && !session.repository.empty();
    if (is_gone) return names;
    if (response.status / 100 != 2) session.http.fail(path, response);
    for (std::string& name : parse_name_page(response.body, kind)) {
      if (names.names.size() == kListNamesMax) return {.names = std::move(names.names), .complete = false};
      names.names.push_back(std::move(name));
    }
    const auto link = net::find_header(response.headers, "Link");
    const std::optional<std::string> next = link ? next_link(*link) : std::nullopt;
    if (!next) return names;
    path = session.http.path_of(path, *next);
  }
  names.complete = false;
  return names;
}

std::optional<base::Digest> RegistryListing::digest_of(const std::string& repository, const std::string& tag,
                                                       const std::stop_token& stop) {
  Session& session = session_for(repository);
  const net::HttpResponse head = session.http.ask(
      {.method = "HEAD", .path = repository + "/manifests/" + tag, .accept = std::string(manifest_media_types())},
      stop);
  if (head.status == kNotFound) return std::nullopt;
  if (head.status / 100 != 2) session.http.fail(repository + "/manifests/" + tag, head);
  const auto said = base::Digest::parse(net::find_header(head.headers, "Docker-Content-Digest").value_or(""));
  if (said) return said;
  // The header is only recommended; then the bytes have to say it.
  if (settings_.before_request) settings_.before_request();
  return base::Digest::of(
      session.http.get({.path = repository + "/manifests/" + tag, .accept = std::string(manifest_media_types())}, stop)
          .body);
}

std::optional<base::SystemTime> RegistryListing::created_at(const std::string& repository, const base::Digest& digest,
                                                            const std::stop_token& stop) {
  static_cast<void>(session_for(repository));
  RegistryClientSettings settings = client_settings(settings_, repository);
  settings.reference = settings.reference.at(digest);
  const auto source = make_registry_source(std::move(settings), clock_);
  const ResolvedImage image = source->resolve({}, stop);
  if (image.manifests.empty()) return std::nullopt;
  const Manifest manifest = source->manifest(image.manifests.front().digest, stop);
  return config_created_at(read_blob(*source, manifest.config, kConfigBytesMax, stop), manifest.config.digest);
}

}  // namespace registry
