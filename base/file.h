// Files that a person or the cluster gives us: settings, certificates, tokens. Read whole, within a bound.
#pragma once

#include <cstddef>
#include <string>

namespace base {

// Throws ConfigError that names the path and the reason when it cannot be read or is longer than `bytes_max`.
[[nodiscard]] std::string read_file(const std::string& path, std::size_t bytes_max);

}  // namespace base
