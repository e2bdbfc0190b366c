// What a kubelet and its credential provider plugins say to each other: credentialprovider.kubelet.k8s.io/v1. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "registry/credentials.h"

namespace pratique_operator::credential_plugins {

// For what else an answer holds: for this image, for all of its registry, for all.
enum class CacheKey : std::uint8_t { kImage, kRegistry, kGlobal };

struct PluginAnswer {
  registry::Keyring keyring;  // as pull secrets have it; may be empty
  CacheKey cache_key = CacheKey::kImage;
  std::optional<std::chrono::seconds> cache_duration;  // absent: the configuration's
};

// A CredentialProviderRequest; `image` without its tag: "registry:5000/shop/web".
[[nodiscard]] std::string plugin_request(const std::string& image, const std::string& api_version);

// Reads a CredentialProviderResponse. Throws base::ParseError, which never quotes what was answered.
[[nodiscard]] PluginAnswer parse_plugin_answer(std::string_view text, const std::string& api_version);

}  // namespace pratique_operator::credential_plugins
