#include "scanner/advisories/feed_files.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "scanner/advisories/limits.h"

namespace scanner::advisories {

namespace fs = std::filesystem;

std::vector<fs::path> feed_files(const std::string& path, std::initializer_list<std::string_view> suffixes) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) throw base::ConfigError(fmt::format("reading feed {}: no such file or directory", path));
  if (!fs::is_directory(status)) return {path};
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    const auto ends_name = [&name](std::string_view suffix) { return name.ends_with(suffix); };
    if (!entry->is_regular_file(error) || std::ranges::none_of(suffixes, ends_name)) continue;
    if (files.size() == kFilesMax)
      throw base::LimitExceeded(fmt::format("reading feed {}: more than {} files", path, kFilesMax));
    files.push_back(entry->path());
  }
  if (error) throw base::ConfigError(fmt::format("reading feed {}: {}", path, error.message()));
  if (files.empty())
    throw base::ConfigError(
        fmt::format("reading feed {}: no *{} file in this directory", path, fmt::join(suffixes, " or *")));
  std::ranges::sort(files);
  return files;
}

}  // namespace scanner::advisories
