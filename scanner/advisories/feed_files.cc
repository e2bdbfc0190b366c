#include "scanner/advisories/feed_files.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "scanner/advisories/limits.h"

namespace scanner::advisories {

namespace fs = std::filesystem;

std::vector<fs::path> feed_files(const std::string& path, std::string_view suffix) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) throw base::ConfigError(fmt::format("reading feed {}: no such file or directory", path));
  if (!fs::is_directory(status)) return {path};
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    if (!entry->is_regular_file(error) || !entry->path().filename().string().ends_with(suffix)) continue;
    if (files.size() == kFilesMax)
      throw base::LimitExceeded(fmt::format("reading feed {}: more than {} files", path, kFilesMax));
    files.push_back(entry->path());
  }
  if (error) throw base::ConfigError(fmt::format("reading feed {}: {}", path, error.message()));
  if (files.empty())
    throw base::ConfigError(fmt::format("reading feed {}: no *{} file in this directory", path, suffix));
  std::ranges::sort(files);
  return files;
}

}  // namespace scanner::advisories
