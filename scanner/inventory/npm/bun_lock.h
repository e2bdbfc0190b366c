// bun.lock: JSON with commas too many. https://bun.com/docs/install/lockfile
#pragma once

#include "scanner/inventory/language_package.h"

namespace scanner::inventory {

// Adds the packages of a registry, those that the program's own parts need for development alone left out. Throws
// base::ParseError for what is no such file.
void read_bun_lock(const ImageFile& file, LanguagePackages& packages);

}  // namespace scanner::inventory
