#include "scanner/inventory/runtimes/runtime_programs.h"

#include <algorithm>
#include <array>

#include "base/purl.h"
#include "scanner/inventory/language_package.h"

namespace scanner::inventory {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kVersionLetters = "0123456789.";

// How the file of a program is named.
enum class Naming {
  kName,     // "php"
  kRelease,  // the same, or with its release behind it: "php8.2"
  kLibrary,  // as its beginning, before ".so": "libruby-3.1.so.3.1"
};

struct Program {
  std::string_view file;
  Naming naming;
  std::string_view name;  // as the advisories have it
  std::string_view mark;  // empty: the release in the file's own name, "3.11." of "libpython3.11.so.1.0"
  std::size_t numbers;    // that its version has
  bool begins_text =
      false;  // other sentences have the mark and versions, too; behind a zero byte only the right one has
};

constexpr std::array kPrograms{
    Program{"node", Naming::kName, "node", "node.js/v", 3},
    Program{"nodejs", Naming::kName, "node", "node.js/v", 3},
    Program{"libnode", Naming::kLibrary, "node", "node.js/v", 3},
    Program{"python", Naming::kRelease, "python", "", 3},
    Program{"libpython", Naming::kLibrary, "python", "", 3},
    Program{"php", Naming::kRelease, "php", "PHP/", 3},
    Program{"php-cgi", Naming::kRelease, "php", "PHP/", 3},
    Program{"php-fpm", Naming::kRelease, "php", "PHP/", 3},
    Program{"libphp", Naming::kLibrary, "php", "PHP/", 3},
    Program{"ruby", Naming::kRelease, "ruby", "ruby ", 3},
    Program{"libruby", Naming::kLibrary, "ruby", "ruby ", 3},
    Program{"nginx", Naming::kName, "nginx", "nginx/", 3},
    Program{"httpd", Naming::kName, "apache", "Apache/", 3},
    Program{"apache2", Naming::kName, "apache", "Apache/", 3},
    Program{"memcached", Naming::kName, "memcached", "memcached ", 3},
    Program{"postgres", Naming::kName, "postgresql", "PostgreSQL ", 2},
    Program{"haproxy", Naming::kName, "haproxy", " version ", 3},
    // Who writes its redo log. Up to 10.4 the program had the name of the one that it was forked from.
    Program{"mariadbd", Naming::kName, "mariadb", "MariaDB ", 3, true},
    Program{"mysqld", Naming::kName, "mariadb", "MariaDB ", 3, true},
};
// Told by files of text: runtime_extractor.cc.
constexpr std::array<std::string_view, 2> kToldByFiles = {"java", "erlang"};

std::string_view last_part_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_release(std::string_view text) {
  return text.find_first_not_of(kVersionLetters) == std::string_view::npos;
}

bool is_file_of(const Program& program, std::string_view file) {
  if (!file.starts_with(program.file)) return false;
  const std::string_view rest = file.substr(program.file.size());
  switch (program.naming) {
    case Naming::kName:
      return rest.empty();
    case Naming::kRelease:
      return is_release(rest);
    case Naming::kLibrary:
      return rest.find(".so") != std::string_view::npos;
  }
  return false;
}

// Most files of an image begin otherwise.
constexpr std::string_view kFirstLetters = "nlprham";
static_assert(std::ranges::all_of(kPrograms, [](const Program& program) {
  return kFirstLetters.find(program.file.front()) != std::string_view::npos;
}));

const Program* program_of(std::string_view file) {
  if (file.empty() || kFirstLetters.find(file.front()) == std::string_view::npos) return nullptr;
  const auto found =
      std::ranges::find_if(kPrograms, [file](const Program& program) { return is_file_of(program, file); });
  return found == kPrograms.end() ? nullptr : &*found;
}

// "3.11" of "python3.11", "libpython3.11m.so.1.0"; empty for "python3", whose program says where it leads.
std::string_view release_in(std::string_view file, const Program& program) {
  file.remove_prefix(program.file.size());
  file = file.substr(0, file.find(".so"));
  const std::string_view release = file.substr(0, file.find_first_not_of(kVersionLetters));
  return release.find('.') == std::string_view::npos ? std::string_view{} : release;
}

std::string mark_of(const Program& program, std::string_view file) {
  if (!program.mark.empty()) return std::string(program.begins_text ? 1 : 0, '\0') + std::string(program.mark);
  const std::string_view release = release_in(file, program);
  return release.empty() ? std::string{} : std::string(release) + '.';
}

// What may stand behind a version in the sentence that has it. Python's stands alone; HAProxy's has the build behind
// it, and the day, which no other version has.
bool ends_version(std::string_view behind, const Program& program) {
  if (program.name == "haproxy") return behind.find(", released ") != std::string_view::npos;
  if (behind.empty()) return true;
  if (program.mark.empty()) return behind == "+";
  return behind.front() == ' ' || behind.front() == '<' || behind.front() == '(';
}

// "p20" of "ruby 3.1.2p20": the patch level, which no advisory has.
std::string_view without_patch_level(std::string_view behind, const Program& program) {
  if (program.name != "ruby" || !behind.starts_with('p')) return behind;
  const std::size_t end = behind.find_first_not_of(kDigits, 1);
  return end == std::string_view::npos ? std::string_view{} : behind.substr(end);
}

}  // namespace

std::string runtime_mark(std::string_view path) {
  const std::string_view file = last_part_of(path);
  const Program* program = program_of(file);
  return program == nullptr ? std::string{} : mark_of(*program, file);
}

std::optional<RuntimeRelease> runtime_release(std::string_view path, std::string_view text) {
  const Program* program = program_of(last_part_of(path));
  if (program == nullptr) return std::nullopt;
  if (!text.starts_with(program->mark)) return std::nullopt;
  text.remove_prefix(program->mark.size());
  const std::size_t length = std::min(text.find_first_not_of(kVersionLetters), text.size());
  const std::string_view version = text.substr(0, length);
  const auto dots = static_cast<std::size_t>(std::ranges::count(version, '.'));
  const bool is_whole = !version.empty() && version.front() != '.' && version.back() != '.' &&
                        version.find("..") == std::string_view::npos && dots + 1 == program->numbers;
  if (!is_whole || !ends_version(without_patch_level(text.substr(length), *program), *program)) return std::nullopt;
  return RuntimeRelease{.name = program->name, .version = version};
}

bool is_runtime(std::string_view name) {
  return std::ranges::find(kToldByFiles, name) != kToldByFiles.end() ||
         std::ranges::any_of(kPrograms, [name](const Program& program) { return program.name == name; });
}

Package runtime_package(std::string_view name, std::string_view version) {
  Package package =
      language_package(name, {.type = "generic", .space = {}, .name = name, .version = version, .qualifiers = {}});
  package.type = "bitnami";
  return package;
}

}  // namespace scanner::inventory
