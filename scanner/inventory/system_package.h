// What dpkg and apk have in common: a database of stanzas, and packages whose purl names the distribution.
#pragma once

#include <string>
#include <string_view>

#include "scanner/inventory/extractor.h"
#include "scanner/inventory/package_text.h"
#include "scanner/inventory/stanza.h"

namespace scanner::inventory {

// The fields of an installed package's stanza, as they are.
struct SystemPackage {
  std::string_view type;  // "deb", "apk"
  std::string_view name;
  std::string_view version;
  std::string_view architecture;
  std::string_view source;          // may be absent
  std::string_view source_version;  // may be absent
};

// Adds the package to the extraction, and to `broken` what is wrong with its stanza. Without a readable name and
// version there is no package.
void add_system_package(const SystemPackage& found, const Stanza& stanza, Extraction& extraction, BrokenParts& broken);

// The purl of a distribution's package, which names the distribution.
[[nodiscard]] std::string system_purl(const Package& package, const Distribution& distribution);

// A database whose last line has no end was cut off: packages may be missing.
void check_not_cut_off(const ImageFile& file, BrokenParts& broken);

}  // namespace scanner::inventory
