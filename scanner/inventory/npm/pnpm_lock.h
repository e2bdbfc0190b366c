// pnpm-lock.yaml, which pnpm writes itself in one form a format.
// https://github.com/pnpm/spec/blob/master/lockfile/9.0.md
#pragma once

#include "scanner/inventory/language_package.h"

namespace scanner::inventory {

// Adds the packages of the file, what is for development alone left out where it says so. Lines that are of no such
// file are passed over.
void read_pnpm_lock(const ImageFile& file, LanguagePackages& packages);

}  // namespace scanner::inventory
