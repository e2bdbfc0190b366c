#include "kubernetes/kubeconfig.h"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <optional>

#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "kubernetes/limits.h"

namespace kubernetes {
namespace {

// A kubeconfig in memory and where it came from.
struct Source {
  YAML::Node root;
  std::string path;
};

[[noreturn]] void refuse(const Source& source, const std::string& why) {
  throw base::ConfigError("kubeconfig " + source.path + ": " + why);
}

// Aliases make a small text endless for whoever walks it: no more nodes than this are ever looked at.
void check_size(const Source& source, const YAML::Node& node, std::size_t& nodes) {
  if (++nodes > kKubeconfigNodesMax) refuse(source, "too many values");
  if (node.IsSequence()) {
    for (const auto& entry : node) check_size(source, entry, nodes);
  } else if (node.IsMap()) {
    for (const auto& entry : node) check_size(source, entry.second, nodes);
  }
}

// A member as text, empty when it is absent or null.
std::string text(const Source& source, const YAML::Node& map, const std::string& name) {
  const YAML::Node value = map[name];
  if (!value || value.IsNull()) return {};
  if (!value.IsScalar()) refuse(source, name + " is not a text");
  return value.Scalar();
}

// The entry called `name` of the list `list`, or rather what is in it: {name: a, cluster: {...}} -> {...}.
YAML::Node entry(const Source& source, const std::string& list, const std::string& kind, const std::string& name) {
  const YAML::Node entries = source.root[list];
  if (entries && entries.IsSequence()) {
    for (const YAML::Node& candidate : entries) {
      if (!candidate.IsMap() || text(source, candidate, "name") != name) continue;
      const YAML::Node content = candidate[kind];
      if (content && content.IsMap()) return content;
      refuse(source, kind + " \"" + base::escape_text(name) + "\" is empty");
    }
  }
  refuse(source, "there is no " + kind + " \"" + base::escape_text(name) + "\"");
}

std::string resolve_path(const Source& source, const std::string& path) {
  return (std::filesystem::path(source.path).parent_path() / path).string();
}

// PEM that is given either in base64 as NAME-data, which wins, or as the file NAME.
std::string certificate(const Source& source, const YAML::Node& map, const std::string& name) {
  const std::string data = text(source, map, name + "-data");
  if (!data.empty()) {
    const std::optional<std::string> pem = base::decode_base64(data);
    if (!pem) refuse(source, name + "-data is not base64");
    return *pem;
  }
  const std::string path = text(source, map, name);
  return path.empty() ? std::string() : base::read_file(resolve_path(source, path), kCertificateBytesMax);
}

void read_cluster(const Source& source, const YAML::Node& cluster, Config& config) {
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

void read_user(const Source& source, const YAML::Node& user, Config& config) {
  for (const char* name : {"exec", "auth-provider"}) {
    if (user[name]) {
      refuse(source,
             std::string(name) + " plugins are not supported; use a client certificate, a token or a token file");
    }
  }
  for (const char* name : {"username", "password", "as", "as-uid", "as-groups", "as-user-extra"}) {
    if (user[name]) refuse(source, std::string(name) + " is not supported");
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
  if (!source.root.IsMap()) refuse(source, "not a YAML map");
  std::size_t nodes = 0;
  check_size(source, source.root, nodes);
  const std::string name = context_name.empty() ? text(source, source.root, "current-context") : context_name;
  if (name.empty()) refuse(source, "there is no current-context; name a context");
  const YAML::Node context = entry(source, "contexts", "context", name);
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
  try {
    return read({.root = YAML::Load(std::string(text)), .path = path}, context);
  } catch (const YAML::Exception& error) {
    throw base::ConfigError("kubeconfig " + path + ": " + base::escape_text(error.what(), 256));
  }
}

}  // namespace kubernetes
