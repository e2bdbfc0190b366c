// Registry credentials as people write them: Docker configuration files and Kubernetes' pull secrets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/image_reference.h"

namespace registry {

struct Credential {
  std::string username{};
  std::string password{};
  std::string identity_token{};  // an OAuth2 refresh token; then name and password are not used

  bool operator==(const Credential&) const = default;
};

struct KeyringEntry {
  std::string location;  // "registry.example.com:5000/team", with globs in host labels; no scheme
  Credential credential;
  bool operator==(const KeyringEntry&) const = default;
};
using Keyring = std::vector<KeyringEntry>;

// Reads the value of a kubernetes.io/dockerconfigjson Secret, which is also ~/.docker/config.json. Entries without a
// usable credential (a credential helper's) are left out. `what` names it in errors, which never quote its content.
// Throws base::ParseError and base::LimitExceeded (1 MiB).
[[nodiscard]] Keyring parse_docker_config_json(std::string_view text, std::string_view what);

// Reads the value of a kubernetes.io/dockercfg Secret: the same entries without the "auths" around them.
[[nodiscard]] Keyring parse_dockercfg(std::string_view text, std::string_view what);

// The credentials that the kubelet would try for this image, the most specific location first, none twice. Equal ports,
// host labels matched one by one with globs, the path as a prefix of the text (not of path parts). An image of Docker
// Hub falls back to the location "index.docker.io".
[[nodiscard]] std::vector<Credential> matching_credentials(const Keyring& keyring, const base::ImageReference& image);

}  // namespace registry
