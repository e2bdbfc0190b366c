#include "kubernetes/kubeconfig.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "kubernetes/limits.h"
#include "kubernetes/yaml.h"

namespace kubernetes {
namespace {

using nlohmann::json;

// A kubeconfig in memory and where it came from.
struct Source {
  json root;
  std::string path;
};

[[noreturn]] void refuse(const Source& source, const std::string& why) {
  throw base::ConfigError("kubeconfig " + source.path + ": " + why);
}

// A member of a map, null when it is absent.
const json& member(const json& map, const std::string& name) {
  static const json kNone;
  const auto found = map.find(name);
  return found == map.end() ? kNone : *found;
}

// A member as text, empty when it is absent or null.
std::string text(const Source& source, const json& map, const std::string& name) {
  const json& value = member(map, name);
  if (value.is_null()) return {};
  if (!value.is_string()) refuse(source, name + " is not a text");
  return value.get<std::string>();
}

// The entry called `name` of the list `list`, or rather what is in it: {name: a, cluster: {...}} -> {...}.
const json& entry(const Source& source, const std::string& list, const std::string& kind, const std::string& name) {
  const json& entries = member(source.root, list);
  if (entries.is_array()) {
    for (const json& candidate : entries) {
      if (!candidate.is_object() || text(source, candidate, "name") != name) continue;
      const json& content = member(candidate, kind);
      if (content.is_object()) return content;
      refuse(source, kind + " \"" + base::escape_text(name) + "\" is empty");
    }
  }
  refuse(source, "there is no " + kind + " \"" + base::escape_text(name) + "\"");
}

std::string resolve_path(const Source& source, const std::string& path) {
  return (std::filesystem::path(source.path).parent_path() / path).string();
}

// PEM that is given either in base64 as NAME-data, which wins, or as the file NAME.
std::string certificate(const Source& source, const json& map, const std::string& name) {
  const std::string data = text(source, map, name + "-data");
  if (!data.empty()) {
    const std::optional<std::string> pem = base::decode_base64(data);
    if (!pem) refuse(source, name + "-data is not base64");
    return *pem;
  }
  const std::string path = text(source, map, name);
  return path.empty() ? std::string() : base::read_file(resolve_path(source, path), kCertificateBytesMax);
}

void read_cluster(const Source& source, const json& cluster, Config& config) {
  if (text(source, cluster, "insecure-skip-tls-verify") == "true") {
    refuse(source, "insecure-skip-tls-verify is not supported; name the authority in certificate-authority");
  }
  for (const char* name : {"proxy-url", "tls-server-name"}) {
    if (!text(source, cluster, name).empty()) refuse(source, std::string(name) + " is not supported");
  }
  const std::string server = text(source, cluster, "server");
  if (server.empty()) refuse(source, "the cluster has no server");
  try {
    config.server = net::parse_url(server);
  } catch (const base::ParseError& error) {
    refuse(source, error.what());
  }
  while (config.server.target.size() > 1 && config.server.target.ends_with('/')) config.server.target.pop_back();
  config.tls.ca_bundle_pem = certificate(source, cluster, "certificate-authority");
}

void read_user(const Source& source, const json& user, Config& config) {
  for (const char* name : {"exec", "auth-provider"}) {
    if (!member(user, name).is_null()) {
      refuse(source,
             std::string(name) + " plugins are not supported; use a client certificate, a token or a token file");
    }
  }
  for (const char* name : {"username", "password", "as", "as-uid", "as-groups", "as-user-extra"}) {
    if (!member(user, name).is_null()) refuse(source, std::string(name) + " is not supported");
  }
  config.token_file = text(source, user, "tokenFile");
  if (!config.token_file.empty()) config.token_file = resolve_path(source, config.token_file);
  config.token = text(source, user, "token");
  if (config.token.find_first_of("\r\n") != std::string::npos) refuse(source, "the token holds a line end");
  config.tls.client_certificate_pem = certificate(source, user, "client-certificate");
  config.tls.client_key_pem = certificate(source, user, "client-key");
  if (config.tls.client_certificate_pem.empty() != config.tls.client_key_pem.empty()) {
    refuse(source, "client-certificate and client-key belong together");
  }
}

Config read(const Source& source, const std::string& context_name) {
  if (!source.root.is_object()) refuse(source, "not a YAML map");
  const std::string name = context_name.empty() ? text(source, source.root, "current-context") : context_name;
  if (name.empty()) refuse(source, "there is no current-context; name a context");
  const json& context = entry(source, "contexts", "context", name);
  Config config;
  config.ns = text(source, context, "namespace");
  if (config.ns.empty()) config.ns = "default";
  read_cluster(source, entry(source, "clusters", "cluster", text(source, context, "cluster")), config);
  const std::string user = text(source, context, "user");
  if (!user.empty()) read_user(source, entry(source, "users", "user", user), config);
  return config;
}

}  // namespace

Config parse_kubeconfig(std::string_view text, const std::string& path, const std::string& context) {
  std::vector<json> documents;
  try {
    documents =
        parse_yaml(text, "kubeconfig " + path, {.values_max = kKubeconfigNodesMax, .scalars = YamlScalars::kText});
  } catch (const base::ParseError& error) {
    throw base::ConfigError(error.what());
  }
  return read({.root = documents.empty() ? json() : std::move(documents.front()), .path = path}, context);
}

}  // namespace kubernetes
