#include "scanner/inventory/npm/pnpm_lock.h"

#include <algorithm>

#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

struct PnpmKey {
  std::string_view name{};
  std::string_view version{};
  bool is_place = false;  // of a folder, a repository or an archive: there is no version in it, and perhaps no name
};

struct PnpmEntry {
  PnpmKey key{};
  // As the lines below the key tell them, of what comes from no registry.
  std::string_view name{};
  std::string_view version{};
  std::size_t line = 0;  // 0: none
  bool for_development = false;
};

// What stands before the name of a package of another registry than the usual: "registry.npmjs.org/foo/1.0.0".
std::size_t host_of(std::string_view key) {
  const std::size_t slash = key.find('/');
  const bool has_host = !key.starts_with('@') && slash < key.find('@') && slash < key.find(':');
  return has_host ? slash + 1 : 0;
}

// "@scope/".
std::size_t scope_of(std::string_view key) {
  return key.starts_with('@') ? std::min(key.find('/'), key.size() - 1) + 1 : 0;
}

// "/@babel/code/7.0.0_peer@1", "/@babel/code@7.0.0(peer@1)" or "'@babel/code@7.0.0'", by the format's age. A place is
// the whole key ("file:../x", "github.com/a/b/0123abc", "@example.com/a/-/a-1.0.0.tgz"), or stands behind the name of
// late ("foo@https://example.com/foo.tgz").
PnpmKey parse_pnpm_key(std::string_view key) {
  key = yaml_scalar(key);
  key = key.substr(0, key.find('('));
  key.remove_prefix(host_of(key));
  const std::size_t split = key.find_first_of("@/", scope_of(key));
  const std::string_view name = key.substr(0, split);
  if (name.find(':') != std::string_view::npos) return {.is_place = true};
  if (split == std::string_view::npos) return {.name = name};
  const std::string_view version = key.substr(split + 1);
  if (version.find_first_of(":/") == std::string_view::npos) {
    return {.name = name, .version = version.substr(0, version.find('_'))};
  }
  return {.name = key[split] == '@' ? name : std::string_view{}, .is_place = true};
}

void add(const PnpmEntry& entry, LanguagePackages& packages) {
  if (entry.line == 0 || entry.for_development) return;
  const std::string_view name = entry.name.empty() ? entry.key.name : entry.name;
  const std::string_view version = entry.version.empty() ? entry.key.version : entry.version;
  // Of a place that tells nothing more there is nothing to look up.
  if (entry.key.is_place && (name.empty() || version.empty())) return;
  packages.add(name, version, "line", entry.line);
}

void read_entry_line(std::string_view line, PnpmEntry& entry) {
  constexpr std::string_view kName = "name:";
  constexpr std::string_view kVersion = "version:";
  if (line == "dev: true") entry.for_development = true;
  if (line.starts_with(kName)) entry.name = yaml_scalar(line.substr(kName.size()));
  if (line.starts_with(kVersion)) entry.version = yaml_scalar(line.substr(kVersion.size()));
}

}  // namespace

// Two blanks before a package of the section "packages", four before what is told of it.
void read_pnpm_lock(const ImageFile& file, LanguagePackages& packages) {
  PnpmEntry entry;
  bool in_packages = false;
  std::size_t number = 0;
  for (std::string_view text = file.content; !text.empty();) {
    const std::string_view line = take_line(text);
    ++number;
    const std::size_t blanks = line.find_first_not_of(' ');
    if (blanks == std::string_view::npos) continue;
    if (blanks == 0) in_packages = line.starts_with("packages:");
    const std::string_view words = without_blanks(line);
    if (in_packages && blanks == 2 && words.ends_with(':')) {
      add(entry, packages);
      entry = {.key = parse_pnpm_key(words.substr(0, words.size() - 1)), .line = number};
    }
    if (in_packages && blanks == 4) read_entry_line(words, entry);
  }
  add(entry, packages);
}

}  // namespace scanner::inventory
