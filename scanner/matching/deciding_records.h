// Records that stand beside those of a release, under keys of their own: of a minor release that is kept up, of a
// release after its end (both minor_streams.h), and of what subscribers get (ubuntu_pro.h). Of an issue of which
// several speak one of them decides.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/advisories/advisory.h"
#include "scanner/versions/version_order.h"

namespace scanner::matching {

// Where else records about this version are; may be empty.
[[nodiscard]] std::vector<std::string> keys_beside(std::string_view ecosystem, std::string_view version);

// Whether what this record says of an installed version decides, whatever the others say: that of the minor release
// that it was built for or of the release after its end, and of Ubuntu's two kinds that of which the version is.
[[nodiscard]] bool decides(const advisories::Advisory& record, std::string_view version);

// The names of issues of which the records of a key that decide say that this version does not have them: at least one
// of them, and none that it does.
[[nodiscard]] std::set<std::string> decided_as_mended(const std::vector<advisories::Advisory>& records,
                                                      std::string_view version, const versions::VersionOrder& order);

}  // namespace scanner::matching
