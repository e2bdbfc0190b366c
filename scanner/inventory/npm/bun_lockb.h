// bun.lockb, the lock file that bun wrote before bun.lock: a dump of its tables.
// https://github.com/oven-sh/bun/blob/main/src/install/lockfile/bun.lockb.zig
#pragma once

#include "scanner/inventory/extractor.h"
#include "scanner/inventory/language_package.h"

namespace scanner::inventory {

// Packages that come from a registry; others (a folder, a repository, a tarball) have no version. Formats 2 (bun up to
// 1.2) and 3. Throws base::ParseError for another one, and for a file that is cut off.
void read_bun_lockb(const ImageFile& file, LanguagePackages& packages);

}  // namespace scanner::inventory
