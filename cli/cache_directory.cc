#include "cli/cache_directory.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "base/digest.h"
#include "base/error.h"
#include "scanner/scan_cache.h"

namespace cli {
namespace {

// ${XDG_CACHE_HOME:-~/.cache}/pratique/KIND; empty without a home.
std::string own_directory(std::string_view kind) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (cache != nullptr && *cache == '/') return fmt::format("{}/pratique/{}", cache, kind);
  if (home != nullptr && *home == '/') return fmt::format("{}/.cache/pratique/{}", home, kind);
  return {};
}

std::string wanted_directory(const CacheChoice& choice, std::string_view kind) {
  if (choice.none) return {};
  return choice.directory.empty() ? own_directory(kind) : choice.directory;
}

}  // namespace

std::string cache_directory(const CacheChoice& choice, std::string_view kind, const Console& console) {
  const std::string directory = wanted_directory(choice, kind);
  if (directory.empty()) return {};
  const std::string wrong = scanner::prepare_cache_directory(directory);
  if (wrong.empty()) return directory;
  if (!choice.directory.empty()) throw base::ConfigError(wrong);
  fmt::print(console.err, "pratique: {}; nothing is kept (--cache names another, --no-cache wants none)\n", wrong);
  return {};
}

// A directory that cannot be used is told when the scans' cache is opened.
std::string verification_note(const CacheChoice& choice, const std::string& file) {
  const std::string directory = wanted_directory(choice, "scans");
  if (directory.empty() || !scanner::prepare_cache_directory(directory).empty()) return {};
  return fmt::format("{}/{}.verified", directory, base::sha256_hex(std::filesystem::absolute(file).string()));
}

}  // namespace cli
