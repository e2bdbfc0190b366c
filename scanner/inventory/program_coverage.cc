#include "scanner/inventory/program_coverage.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "scanner/inventory/owned_files.h"
#include "scanner/inventory/system_package.h"

namespace scanner::inventory {
namespace {

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

// The folder around that of an interpreter's packages: its own libraries lie there ("lib/python3.11/lib-dynload"). Of
// what was unpacked elsewhere, the folder in which it lies beside its record.
std::string_view python_home(std::string_view record) {
  for (const std::string_view packages : {"/site-packages/", "/dist-packages/"}) {
    if (const std::size_t at = record.find(packages); at != std::string_view::npos) return record.substr(0, at);
  }
  const bool is_file = record.ends_with(".egg-info") || record.ends_with(".egg");
  return is_file ? parent_of(record) : parent_of(parent_of(record));
}

// Into which folder the packages were installed of which this file tells; empty: into none of their own.
std::string_view home_of(const ReadFile& file) {
  const Extraction& told = *file.extraction;
  if (told.is_locked || told.packages.empty()) return {};
  const Package& package = told.packages.front();
  // A jar lies beside whatever there is.
  if (is_system_type(package.type) || package.type == "maven") return {};
  const std::string_view folder = parent_of(file.path);
  if (package.type == "pypi") return python_home(file.path);
  if (package.name == "erlang") return parent_of(parent_of(folder));
  return package.type == "gem" || package.type == "hex" ? parent_of(folder) : folder;
}

class KnownPlaces {
 public:
  explicit KnownPlaces(const ImageContent& content) {
    std::set<std::string_view> programs;
    for (const ProgramFile& program : content.programs) programs.insert(program.path);
    for (const ReadFile& file : content.files) {
      owned_.insert(file.extraction->owned_files.begin(), file.extraction->owned_files.end());
      // A program that tells of itself says nothing of what lies beside it.
      if (!programs.contains(file.path)) homes_.insert(home_of(file));
    }
  }

  [[nodiscard]] bool contain(std::string_view path) const {
    if (owned_.contains(comparable_path(path))) return true;
    for (std::string_view folder = parent_of(path); !folder.empty(); folder = parent_of(folder)) {
      if (homes_.contains(folder)) return true;
    }
    return false;
  }

 private:
  std::set<std::string_view> owned_;  // comparable paths
  std::set<std::string_view> homes_;
};

}  // namespace

FoundPrograms find_programs(const ImageContent& content) {
  FoundPrograms found;
  ProgramCoverage& coverage = found.coverage;
  const KnownPlaces places(content);
  for (const ProgramFile& program : content.programs) {
    coverage.bytes = base::add_saturating(coverage.bytes, program.bytes);
    if (program.is_told || places.contain(program.path)) {
      coverage.known_bytes = base::add_saturating(coverage.known_bytes, program.bytes);
    } else {
      ++found.unknown_files;
      coverage.unknown.push_back({.path = std::string(program.path), .bytes = program.bytes});
    }
  }
  std::ranges::sort(coverage.unknown, [](const UnknownProgram& left, const UnknownProgram& right) {
    return left.bytes != right.bytes ? left.bytes > right.bytes : left.path < right.path;
  });
  if (coverage.unknown.size() > kUnknownProgramsMax) coverage.unknown.resize(kUnknownProgramsMax);
  return found;
}

}  // namespace scanner::inventory
