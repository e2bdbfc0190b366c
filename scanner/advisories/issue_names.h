// CVE ids in words of people.
#pragma once

#include <string_view>
#include <vector>

namespace scanner::advisories {

// "CVE:00001:CVE-2019-16168", "Mitre CVE-2019-16168" and "CVE-2019-16168 at NVD" name CVE-2019-16168. In the order of
// the text; a text may name one twice.
[[nodiscard]] std::vector<std::string_view> cves_in(std::string_view text);

}  // namespace scanner::advisories
