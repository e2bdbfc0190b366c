// The platforms that image configs tell, by the configs' digests: where an index does not say which platform a manifest
// is for, its config does, and one that was read is not fetched again.
#pragma once

#include <map>
#include <optional>

#include "base/digest.h"
#include "base/guarded.h"
#include "registry/image_source.h"

namespace registry {

// Thread-safe.
class KnownPlatforms {
 public:
  virtual ~KnownPlatforms() = default;
  [[nodiscard]] virtual std::optional<Platform> find(const base::Digest& config) = 0;
  // Of a config whose digest was verified.
  virtual void keep(const base::Digest& config, const Platform& platform) = 0;
};

// In memory, some 100 bytes for each; when there are `entries_max` of them it begins anew.
class PlatformMemory final : public KnownPlatforms {
 public:
  explicit PlatformMemory(std::size_t entries_max = 20'000) : entries_max_(entries_max) {}
  [[nodiscard]] std::optional<Platform> find(const base::Digest& config) override;
  void keep(const base::Digest& config, const Platform& platform) override;

 private:
  const std::size_t entries_max_;
  base::Guarded<std::map<base::Digest, Platform>> platforms_;
};

}  // namespace registry
