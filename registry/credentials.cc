#include "registry/credentials.h"

#include <fnmatch.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/error.h"
#include "net/json.h"
#include "registry/limits.h"

namespace registry {

namespace {

using nlohmann::json;

constexpr std::string_view kDockerHubLocation = "index.docker.io";

std::string string_member(const json& object, const char* name) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

// The kubelet's normal form of a key: no scheme, and "/v1/" or "/v2/" in front of the path means the host.
std::string normalise_location(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) {
      key.remove_prefix(scheme.size());
      break;
    }
  }
  key = key.substr(0, key.find_first_of("?#"));
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos) return std::string(key);
  std::string_view path = key.substr(slash);
  if (path.starts_with("/v1/") || path.starts_with("/v2/")) path.remove_prefix(3);
  if (path == "/") path = {};
  return std::string(key.substr(0, slash)) + std::string(path);
}

// `auth` is base64 of "name:password" and wins over the two fields.
Credential read_credential(const json& entry, const std::string& place) {
  Credential credential{.username = string_member(entry, "username"),
                        .password = string_member(entry, "password"),
                        .identity_token = string_member(entry, "identitytoken")};
  const std::string encoded = string_member(entry, "auth");
  if (encoded.empty()) return credential;
  const std::optional<std::string> decoded = base::decode_base64(encoded);
  if (!decoded) throw base::ParseError(place + ": \"auth\" is not base64");
  const std::size_t colon = decoded->find(':');
  if (colon == std::string::npos) throw base::ParseError(place + ": \"auth\" is not base64 of name:password");
  credential.username = decoded->substr(0, colon);
  credential.password = decoded->substr(colon + 1);
  // Old versions of docker padded the password with zero bytes.
  while (!credential.password.empty() && credential.password.back() == '\0') credential.password.pop_back();
  return credential;
}

bool is_usable(const Credential& credential) {
  return !credential.identity_token.empty() || !credential.username.empty() || !credential.password.empty();
}

Keyring read_entries(const json& entries, std::string_view what) {
  if (!entries.is_object()) throw base::ParseError(std::string(what) + ": the registries are not a JSON object");
  Keyring keyring;
  for (const auto& [key, entry] : entries.items()) {
    // The key is somebody's host name, not a secret, but it is text from outside all the same.
    const std::string place = std::string(what) + ": entry " + std::to_string(keyring.size() + 1);
    if (!entry.is_object()) throw base::ParseError(place + " is not a JSON object");
    const Credential credential = read_credential(entry, place);
    if (is_usable(credential)) keyring.push_back({.location = normalise_location(key), .credential = credential});
  }
  return keyring;
}

json parse(std::string_view text, std::string_view what) {
  if (text.size() > kDockerConfigBytesMax) throw base::LimitExceeded(std::string(what) + ": larger than 1 MiB");
  return net::parse_json_bounded(text, what);
}

struct Location {
  std::string_view host;
  std::string_view port;
  std::string_view path;
};

Location split_location(std::string_view text) {
  Location location;
  const std::size_t slash = text.find('/');
  std::string_view authority = text.substr(0, slash);
  if (slash != std::string_view::npos) location.path = text.substr(slash);
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  location.host = authority.substr(0, colon);
  // An IPv6 address without its brackets, which a glob would take for a class of characters.
  if (location.host.starts_with('[') && location.host.ends_with(']')) {
    location.host = location.host.substr(1, location.host.size() - 2);
  }
  if (colon != std::string_view::npos) location.port = authority.substr(colon + 1);
  return location;
}

std::vector<std::string> split_labels(std::string_view host) {
  std::vector<std::string> labels;
  while (true) {
    const std::size_t dot = host.find('.');
    labels.emplace_back(host.substr(0, dot));
    if (dot == std::string_view::npos) return labels;
    host.remove_prefix(dot + 1);
  }
}

bool hosts_match(std::string_view pattern, std::string_view host) {
  const std::vector<std::string> globs = split_labels(pattern);
  const std::vector<std::string> labels = split_labels(host);
  return std::equal(
      globs.begin(), globs.end(), labels.begin(), labels.end(),
      [](const std::string& glob, const std::string& label) { return fnmatch(glob.c_str(), label.c_str(), 0) == 0; });
}

bool locations_match(std::string_view pattern_text, std::string_view name) {
  const Location pattern = split_location(pattern_text);
  const Location target = split_location(name);
  return pattern.port == target.port && target.path.starts_with(pattern.path) && hosts_match(pattern.host, target.host);
}

}  // namespace

Keyring parse_docker_config_json(std::string_view text, std::string_view what) {
  const json config = parse(text, what);
  if (!config.is_object()) throw base::ParseError(std::string(what) + ": not a JSON object");
  const auto auths = config.find("auths");
  return auths == config.end() || auths->is_null() ? Keyring() : read_entries(*auths, what);
}

Keyring parse_dockercfg(std::string_view text, std::string_view what) {
  return read_entries(parse(text, what), what);
}

std::vector<Credential> matching_credentials(const Keyring& keyring, const base::ImageReference& image) {
  std::vector<KeyringEntry> matches;
  const std::string name = image.name();
  std::copy_if(keyring.begin(), keyring.end(), std::back_inserter(matches),
               [&](const KeyringEntry& entry) { return locations_match(entry.location, name); });
  if (matches.empty() && image.host == "docker.io") {
    std::copy_if(keyring.begin(), keyring.end(), std::back_inserter(matches),
                 [](const KeyringEntry& entry) { return entry.location == kDockerHubLocation; });
  }
  // The kubelet's order: reverse by text, so that a longer path comes before its prefix.
  std::stable_sort(matches.begin(), matches.end(),
                   [](const KeyringEntry& a, const KeyringEntry& b) { return a.location > b.location; });
  std::vector<Credential> credentials;
  for (const KeyringEntry& match : matches) {
    if (std::find(credentials.begin(), credentials.end(), match.credential) == credentials.end()) {
      credentials.push_back(match.credential);
    }
  }
  return credentials;
}

}  // namespace registry
