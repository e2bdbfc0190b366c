// Files that a distribution's package brought along: what they hold is that package, and its advisories speak of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scanner::inventory {

// Adds the path to `owned` if a package could be read from a file of this path, or if that may be a program. `path` with or without a leading slash.
void add_owned_file(std::vector<std::string>& owned, std::string_view path);

// The form in which paths of package databases and of images are compared: distributions that merged /bin, /lib and
// /sbin into /usr still list them by their old names.
[[nodiscard]] std::string_view comparable_path(std::string_view path);

}  // namespace scanner::inventory
