// The files of a feed that is a directory.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace scanner::advisories {

// `path` itself when it is a file, else every regular file below it whose name ends in one of `suffixes`, sorted by
// path so that a build does not depend on the file system. Throws base::ConfigError when there is none,
// base::LimitExceeded beyond kFilesMax.
[[nodiscard]] std::vector<std::filesystem::path> feed_files(const std::string& path,
                                                            std::initializer_list<std::string_view> suffixes);

}  // namespace scanner::advisories
