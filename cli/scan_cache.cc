#include "cli/scan_cache.h"

#include "cli/cache_directory.h"

namespace cli {

std::shared_ptr<scanner::ScanCache> open_scan_cache(const ImageQuery& query, const Console& console) {
  const std::string directory = cache_directory(query.cache, "scans", console);
  if (directory.empty()) return nullptr;
  return std::make_shared<scanner::ScanCache>(
      scanner::ScanCacheSettings{.directory = directory, .budgets = query.budgets});
}

}  // namespace cli
