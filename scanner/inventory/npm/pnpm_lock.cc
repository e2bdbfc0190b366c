#include "scanner/inventory/npm/pnpm_lock.h"

#include <algorithm>
#include <string>
#include <vector>

#include "scanner/inventory/development_packages.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

struct PnpmKey {
  std::string_view name{};
  std::string_view version{};
  bool is_place = false;  // of a folder, a repository or an archive: there is no version in it, and perhaps no name
};

struct PnpmEntry {
  std::string_view text{};  // the key without the peers behind it
  PnpmKey key{};
  // As the lines below the key tell them, of what comes from no registry.
  std::string_view name{};
  std::string_view version{};
  std::size_t line = 0;
  bool for_development = false;
};

// What stands before the name of a package of another registry than the usual: "registry.example.org/foo/1.0.0".
std::size_t host_of(std::string_view key) {
  const std::size_t slash = key.find('/');
  const bool has_host = !key.starts_with('@') && slash < key.find('@') && slash < key.find(':');
  return has_host ? slash + 1 : 0;
}

// "@scope/".
std::size_t scope_of(std::string_view key) {
  return key.starts_with('@') ? std::min(key.find('/'), key.size() - 1) + 1 : 0;
}

std::string_view without_peers(std::string_view key) {
  key = yaml_scalar(key);
  return key.substr(0, key.find('('));
}

// "/@babel/code/7.0.0_peer@1", "/@babel/code@7.0.0" or "@babel/code@7.0.0", by the format's age. A place is the whole
// key ("file:../x", "github.com/a/b/0123abc", "@example.com/a/-/a-1.0.0.tgz"), or stands behind the name of late
// ("foo@https://example.com/foo.tgz").
PnpmKey parse_pnpm_key(std::string_view key) {
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

// The key of what is needed as `name` in this version: another name with its version where that is an alias.
std::string key_needed(std::string_view name, std::string_view version) {
  const std::size_t at = version.find('@', 1);
  const bool is_alias = at != std::string_view::npos && at < version.find(':');
  return is_alias ? std::string(version) : std::string(name) + "@" + std::string(version);
}

// How far a line is set in, and "key: value" without quotes.
struct PnpmLine {
  std::size_t blanks = 0;
  std::string_view key{};
  std::string_view value{};  // empty: what follows is set in further
};

// A key may have colons itself.
PnpmLine parse_line(std::string_view line) {
  const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
  const std::string_view words = without_blanks(line);
  const std::size_t colon = words.ends_with(':') ? words.size() - 1 : words.find(": ");
  if (colon == std::string_view::npos) return {.blanks = blanks, .key = words};
  return {.blanks = blanks, .key = yaml_scalar(words.substr(0, colon)), .value = yaml_scalar(words.substr(colon + 1))};
}

bool is_needed_by_program(std::string_view list) {
  return list == "dependencies" || list == "optionalDependencies";
}

// The sections of a file, line by line: "packages" names them, "importers" (the program's own parts) and "snapshots"
// tell of late what needs what. Before, a package that is for development said so itself.
class PnpmLock {
 public:
  void read(std::string_view text) {
    for (std::size_t number = 1; !text.empty(); ++number) {
      const PnpmLine line = parse_line(take_line(text));
      if (line.key.empty()) continue;
      if (line.blanks == 0) section_ = line.key;
      if (section_ == "packages") read_package(line, number);
      if (section_ == "importers") read_importer(line);
      if (section_ == "snapshots") read_snapshot(line);
    }
    development_.resolve();
  }

  void add_to(LanguagePackages& packages) const {
    for (const PnpmEntry& entry : entries_) {
      if (entry.for_development || development_.contains(entry.text)) continue;
      const std::string_view name = entry.name.empty() ? entry.key.name : entry.name;
      const std::string_view version = entry.version.empty() ? entry.key.version : entry.version;
      // Of a place that tells nothing more there is nothing to look up.
      if (entry.key.is_place && (name.empty() || version.empty())) continue;
      packages.add(name, version, "line", entry.line);
    }
  }

 private:
  // Two blanks before a package, four before what is told of it.
  void read_package(const PnpmLine& line, std::size_t number) {
    if (line.blanks == 2 && line.value.empty()) {
      const std::string_view text = without_peers(line.key);
      entries_.push_back({.text = text, .key = parse_pnpm_key(text), .line = number});
    }
    if (line.blanks != 4 || entries_.empty()) return;
    PnpmEntry& entry = entries_.back();
    if (line.key == "dev") entry.for_development = line.value == "true";
    if (line.key == "name") entry.name = line.value;
    if (line.key == "version") entry.version = line.value;
  }

  // A part, its lists, names in them, and the version of each.
  void read_importer(const PnpmLine& line) {
    if (line.blanks == 4) list_ = line.key;
    if (line.blanks == 6) name_ = line.key;
    if (line.blanks != 8 || line.key != "version" || line.value.starts_with("link:")) return;
    const std::string needed = key_needed(name_, without_peers(line.value));
    if (is_needed_by_program(list_)) development_.add_root(needed, DevelopmentPackages::Use::kProgram);
    if (list_ == "devDependencies") development_.add_root(needed, DevelopmentPackages::Use::kDevelopment);
  }

  // A package, its lists, and names with versions in them.
  void read_snapshot(const PnpmLine& line) {
    if (line.blanks == 2) {
      name_ = without_peers(line.key);
      development_.add_package(name_);
    }
    if (line.blanks == 4) list_ = line.key;
    if (line.blanks != 6 || !is_needed_by_program(list_) || line.value.starts_with("link:")) return;
    development_.add_need(name_, key_needed(line.key, without_peers(line.value)));
  }

  std::vector<PnpmEntry> entries_;
  DevelopmentPackages development_;
  std::string_view section_;
  std::string_view list_;
  std::string_view name_;
};

}  // namespace

void read_pnpm_lock(const ImageFile& file, LanguagePackages& packages) {
  PnpmLock lock;
  lock.read(file.content);
  lock.add_to(packages);
}

}  // namespace scanner::inventory
