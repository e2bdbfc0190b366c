// How much of an image's programs is known: the share of the bytes of its ELF files that belong to a package. What
// belongs to none was copied in, and no advisory speaks of it.
#pragma once

#include "scanner/inventory/extractor.h"

namespace scanner::inventory {

struct FoundPrograms {
  ProgramCoverage coverage;
  std::uint64_t unknown_files = 0;  // that belong to no package
};

// A file belongs to a package when a package of the distribution owns it, when it told packages itself (a Go program, a
// runtime), or when it lies in the folder into which a package of a language was installed.
[[nodiscard]] FoundPrograms find_programs(const ImageContent& content);

}  // namespace scanner::inventory
