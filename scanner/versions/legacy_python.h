// The order of Python versions from before PEP 440, as setuptools' pkg_resources.parse_version gave it.
#pragma once

#include <compare>
#include <string_view>

namespace scanner::versions {

[[nodiscard]] std::strong_ordering compare_legacy_python(std::string_view left, std::string_view right);

}  // namespace scanner::versions
