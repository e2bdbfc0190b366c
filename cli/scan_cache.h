// Where `pratique` keeps what layers hold, so that an image which is known costs no byte of a layer.
#pragma once

#include <memory>

#include "cli/commands.h"
#include "cli/console.h"
#include "registry/known_platforms.h"
#include "scanner/scan_cache.h"

namespace cli {

// Null where none is wanted, or where the user has no place for one, which is told on `console`. Throws
// base::ConfigError when a directory that was named cannot hold it.
[[nodiscard]] std::shared_ptr<scanner::ScanCache> open_scan_cache(const ImageQuery& query, const Console& console);

// The cache's platforms; null without one.
[[nodiscard]] std::shared_ptr<registry::KnownPlatforms> platforms_of(std::shared_ptr<scanner::ScanCache> cache);

}  // namespace cli
