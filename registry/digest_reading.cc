#include "registry/digest_reading.h"

#include <string>

#include "registry/manifest.h"
#include "registry/registry_session.h"

namespace registry {

base::Digest read_digest(RegistryClientSettings settings, const base::Clock& clock, std::stop_token stop) {
  RegistrySession session(std::move(settings), clock);
  const base::ImageReference& reference = session.reference();
  const std::string name = reference.digest ? reference.digest->text() : reference.tag;
  const net::HttpResponse answer = session.get(
      {.path = reference.repository + "/manifests/" + name, .accept = std::string(manifest_media_types())}, stop);
  base::Digest digest = base::Digest::of(answer.body);
  // A page that asks for a password must not pass for what a tag means.
  static_cast<void>(parse_manifest(answer.body, digest, net::find_header(answer.headers, "Content-Type").value_or("")));
  return digest;
}

}  // namespace registry
