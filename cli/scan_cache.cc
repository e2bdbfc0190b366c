#include "cli/scan_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "cli/cache_directory.h"

namespace cli {
namespace {

class CachedPlatforms final : public registry::KnownPlatforms {
 public:
  explicit CachedPlatforms(std::shared_ptr<scanner::ScanCache> cache) : cache_(std::move(cache)) {}

  // Its three parts, a line each: what a config says need not be well-formed.
  std::optional<registry::Platform> find(const base::Digest& config) override {
    const std::optional<std::string> kept = cache_->find_platform(config);
    if (!kept) return std::nullopt;
    std::istringstream lines(*kept);
    registry::Platform platform;
    std::getline(lines, platform.os);
    std::getline(lines, platform.architecture);
    std::getline(lines, platform.variant);
    return platform;
  }
  void keep(const base::Digest& config, const registry::Platform& platform) override {
    const std::string lines = fmt::format("{}\n{}\n{}\n", platform.os, platform.architecture, platform.variant);
    if (std::ranges::count(lines, '\n') == 3) cache_->keep_platform(config, lines);
  }

 private:
  const std::shared_ptr<scanner::ScanCache> cache_;
};

}  // namespace

std::shared_ptr<scanner::ScanCache> open_scan_cache(const ImageQuery& query, const Console& console) {
  const std::string directory = cache_directory(query.cache, "scans", console);
  if (directory.empty()) return nullptr;
  return std::make_shared<scanner::ScanCache>(
      scanner::ScanCacheSettings{.directory = directory, .budgets = query.limits.budgets});
}

std::shared_ptr<registry::KnownPlatforms> platforms_of(std::shared_ptr<scanner::ScanCache> cache) {
  return cache == nullptr ? nullptr : std::make_shared<CachedPlatforms>(std::move(cache));
}

}  // namespace cli
