// Installed gems, by their specifications, and Bundler's lock file.
// https://guides.rubygems.org/specification-reference/
#include <algorithm>

#include "base/error.h"
#include "scanner/inventory/language_files.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

// The first text in quotes of a line: `s.name = "rack".freeze`.
std::string_view quoted(std::string_view line) {
  const std::size_t open = line.find_first_of("\"'");
  if (open == std::string_view::npos) return {};
  const std::size_t close = line.find(line[open], open + 1);
  return close == std::string_view::npos ? std::string_view{} : line.substr(open + 1, close - open - 1);
}

// RubyGems writes specifications itself, a field a line.
void read_gemspec(const ImageFile& file, LanguagePackages& packages) {
  std::string_view name;
  std::string_view version;
  for (std::string_view text = file.content; !text.empty();) {
    const std::string_view line = without_blanks(take_line(text));
    if (name.empty() && line.starts_with("s.name =")) name = quoted(line);
    if (version.empty() && line.starts_with("s.version =")) version = quoted(line);
  }
  if (name.empty() || version.empty()) throw base::ParseError("a gem's specification without name or version");
  packages.add(name, version, "line", 1);
}

// "nokogiri (1.13.1-x86_64-linux)": a platform may follow the version.
void add_spec(std::string_view line, std::size_t number, LanguagePackages& packages) {
  const std::size_t open = line.find(" (");
  if (open == std::string_view::npos || !line.ends_with(')')) return;
  const std::string_view version = line.substr(open + 2, line.size() - open - 3);
  packages.add(line.substr(0, open), version.substr(0, version.find('-')), "line", number);
}

// Sections begin at the margin; below "specs:" four blanks come before a gem and six before what it needs.
void read_lock(const ImageFile& file, LanguagePackages& packages) {
  bool in_gems = false;
  std::size_t number = 0;
  for (std::string_view text = file.content; !text.empty();) {
    const std::string_view line = take_line(text);
    ++number;
    const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
    if (blanks == 0 && !line.empty()) in_gems = line.starts_with("GEM") || line.starts_with("GIT");
    if (in_gems && blanks == 4) add_spec(without_blanks(line), number, packages);
  }
}

bool is_specification(std::string_view path) {
  return path.find("/specifications/") != std::string_view::npos;
}

}  // namespace

std::unique_ptr<Extractor> make_ruby_extractor() {
  return std::make_unique<LanguageFiles>(
      LanguageFiles::Ecosystem{.name = "ruby",
                               .purl_type = "gem",
                               .files = {{.example = "usr/lib/ruby/specifications/rack-2.2.4.gemspec",
                                          .endings = {".gemspec"},
                                          .is_one = is_specification,
                                          .read = read_gemspec},
                                         {.example = "Gemfile.lock",
                                          .names = {"Gemfile.lock", "gems.locked"},
                                          .evidence = Evidence::kLocked,
                                          .read = read_lock}}});
}

}  // namespace scanner::inventory
