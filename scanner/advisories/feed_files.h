// The files of a feed that is a directory.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace scanner::advisories {

// `path` itself when it is a file, else every regular file below it whose name ends in `suffix`, sorted by path so that
// a build does not depend on the file system. Throws base::ConfigError when there is none, base::LimitExceeded beyond
// kFilesMax.
[[nodiscard]] std::vector<std::filesystem::path> feed_files(const std::string& path, std::string_view suffix);

}  // namespace scanner::advisories
