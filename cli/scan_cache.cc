#include "cli/scan_cache.h"

#include <fmt/format.h>

#include <cstdlib>

namespace cli {
namespace {

// ${XDG_CACHE_HOME:-~/.cache}/pratique/scans; empty without a home.
std::string own_directory() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (cache != nullptr && *cache == '/') return fmt::format("{}/pratique/scans", cache);
  if (home != nullptr && *home == '/') return fmt::format("{}/.cache/pratique/scans", home);
  return {};
}

}  // namespace

std::shared_ptr<scanner::ScanCache> open_scan_cache(const ImageQuery& query, const Console& console) {
  if (query.no_cache) return nullptr;
  if (!query.cache.empty()) {
    return std::make_shared<scanner::ScanCache>(scanner::ScanCacheSettings{.directory = query.cache});
  }
  const std::string directory = own_directory();
  if (directory.empty()) return nullptr;
  if (const std::string wrong = scanner::prepare_cache_directory(directory); !wrong.empty()) {
    fmt::print(console.err, "pratique: {}; nothing is kept (--cache names another, --no-cache wants none)\n", wrong);
    return nullptr;
  }
  return std::make_shared<scanner::ScanCache>(scanner::ScanCacheSettings{.directory = directory});
}

}  // namespace cli
