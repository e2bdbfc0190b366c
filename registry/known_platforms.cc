#include "registry/known_platforms.h"

namespace registry {

std::optional<Platform> PlatformMemory::find(const base::Digest& config) {
  return platforms_.with([&](const auto& platforms) -> std::optional<Platform> {
    const auto known = platforms.find(config);
    return known == platforms.end() ? std::nullopt : std::optional(known->second);
  });
}

void PlatformMemory::keep(const base::Digest& config, const Platform& platform) {
  platforms_.with([&](auto& platforms) {
    if (platforms.size() >= entries_max_) platforms.clear();
    platforms.insert_or_assign(config, platform);
  });
}

}  // namespace registry
