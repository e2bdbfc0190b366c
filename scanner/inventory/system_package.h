// What the databases of distributions have in common: packages whose purl names the distribution.
#pragma once

#include <string>
#include <string_view>

#include "scanner/inventory/extractor.h"
#include "scanner/inventory/package_text.h"
#include "scanner/inventory/stanza.h"

namespace scanner::inventory {

// The fields of an installed package, as they are.
struct SystemPackage {
  std::string_view type;  // "deb", "apk", "rpm", "alpm", "opkg", "ebuild"
  std::string_view name;
  std::string_view version;
  std::string_view architecture;
  std::string_view source;          // may be absent
  std::string_view source_version;  // may be absent
  std::string_view module = {};     // may be absent
};

// Adds the package to the extraction. Without a readable name and version there is none, but an entry in `broken`,
// whose place is `where`.
void add_system_package(const SystemPackage& found, const std::string& where, Extraction& extraction,
                        BrokenParts& broken);
// The same of a package that a stanza tells; a line of it that is no field is broken, too.
void add_stanza_package(const SystemPackage& found, const Stanza& stanza, Extraction& extraction, BrokenParts& broken);

// Of a status as dpkg writes it, "install ok installed": whether files of the package are there. Without a status they
// are.
[[nodiscard]] bool has_files_installed(std::string_view status);

// Whether a distribution installs packages of this purl type.
[[nodiscard]] bool is_system_type(std::string_view purl_type);

// The purl of a distribution's package, which names the distribution.
[[nodiscard]] std::string system_purl(const Package& package, const Distribution& distribution);

// A database whose last line has no end was cut off: packages may be missing.
void check_not_cut_off(const ImageFile& file, BrokenParts& broken);

}  // namespace scanner::inventory
