// Modularity of rpm distributions: several streams of one package ("nodejs:16", "nodejs:18") in one release. An
// advisory about one stream says nothing of the others, nor of packages outside modules, whatever their versions. Nor
// does one about a build of Oracle's (oracle_build.h) of the others.
#pragma once

#include <string_view>

#include "scanner/advisories/advisory.h"

namespace scanner::matching {

// An installed package, as far as streams go.
struct InstalledStream {
  std::string_view version;
  std::string_view module;  // "nodejs:18"; empty: not told
};

// Whether the record may be about the package. Where one of them does not tell its stream, it may.
[[nodiscard]] bool is_about_stream(const advisories::Advisory& record, const InstalledStream& installed);

}  // namespace scanner::matching
