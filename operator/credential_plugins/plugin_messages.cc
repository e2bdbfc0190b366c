#include "operator/credential_plugins/plugin_messages.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "crds/duration.h"
#include "net/json.h"

namespace pratique_operator::credential_plugins {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& why) {
  throw base::ParseError("its answer is no CredentialProviderResponse: " + why);
}

CacheKey cache_key_of(const std::string& word) {
  if (word == "Image") return CacheKey::kImage;
  if (word == "Registry") return CacheKey::kRegistry;
  if (word == "Global") return CacheKey::kGlobal;
  refuse("cacheKeyType is none of Image, Registry and Global");
}

// A parser's message would quote what it stumbled upon, which may be a password.
json parsed(std::string_view text) {
  try {
    return net::parse_json_bounded(text, "answer");
  } catch (const base::Error&) {
    refuse("it is not JSON");
  }
}

}  // namespace

std::string plugin_request(const std::string& image, const std::string& api_version) {
  return json{{"kind", "CredentialProviderRequest"}, {"apiVersion", api_version}, {"image", image}}.dump();
}

PluginAnswer parse_plugin_answer(std::string_view text, const std::string& api_version) {
  const json answer = parsed(text);
  if (net::text_at(answer, "kind") != "CredentialProviderResponse") refuse("its kind is another");
  if (net::text_at(answer, "apiVersion") != api_version) refuse("its apiVersion is not that of the configuration");
  PluginAnswer read{
      .keyring = {}, .cache_key = cache_key_of(net::text_at(answer, "cacheKeyType")), .cache_duration = {}};
  const std::string duration = net::text_at(answer, "cacheDuration");
  if (!duration.empty()) {
    read.cache_duration = crds::parse_duration(duration);
    if (!read.cache_duration) refuse("cacheDuration is no duration such as 6h0m0s");
  }
  const json& auth = net::object_at(answer, "auth");
  if (!auth.is_object()) return read;
  for (const auto& [location, credential] : auth.items()) {
    read.keyring.push_back({.location = location,
                            .credential = {.username = net::text_at(credential, "username"),
                                           .password = net::text_at(credential, "password")}});
  }
  return read;
}

}  // namespace pratique_operator::credential_plugins
