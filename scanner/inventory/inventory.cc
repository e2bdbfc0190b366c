#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "scanner/inventory/extractor.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/os_release.h"
#include "scanner/inventory/precedence.h"
#include "scanner/inventory/program_coverage.h"
#include "scanner/inventory/system_package.h"

namespace scanner::inventory {
namespace {

// The file that is believed before the others; one that names a distribution comes before one that does not.
Distribution find_distribution(const std::vector<ReadFile>& files) {
  const ReadFile* found = nullptr;
  const auto order = [](const ReadFile& file) {
    return std::pair(file.extraction->distribution->id.empty(), rank_of_release_file(file.path));
  };
  for (const ReadFile& file : files) {
    if (file.extraction->distribution && (found == nullptr || order(file) < order(*found))) found = &file;
  }
  return found == nullptr ? Distribution{} : *found->extraction->distribution;
}

// Most files have one reader, whose list is taken as it is: a copy would need the memory twice.
template <typename T>
void append(std::vector<T>& values, std::vector<T> more) {
  if (values.empty()) {
    values = std::move(more);
  } else {
    std::move(more.begin(), more.end(), std::back_inserter(values));
  }
}

void append(Extraction& extraction, Extraction more) {
  append(extraction.packages, std::move(more.packages));
  append(extraction.warnings, std::move(more.warnings));
  append(extraction.owned_files, std::move(more.owned_files));
  if (more.distribution) extraction.distribution = std::move(more.distribution);
  extraction.is_locked = extraction.is_locked || more.is_locked;
}

Extraction unread(std::string reason, const ImageFile& file, const base::Error& error) {
  return {.warnings = {{.reason = std::move(reason),
                        .path = base::escape_text(file.path),
                        .message = base::escape_text(error.what())}}};
}

// A file that makes an extractor throw costs this file alone, and the image its completeness.
Extraction extract(const Extractor& extractor, const ImageFile& file) {
  try {
    return extractor.extract(file);
  } catch (const base::LimitExceeded& error) {
    return unread("LimitExceeded", file, error);
  } catch (const base::Error& error) {
    return unread("Unreadable", file, error);
  }
}

// What all those extractors read that are chosen.
template <typename IsChosen>
Extraction extract_by(IsChosen is_chosen, const ImageFile& file) {
  Extraction extraction;
  for (const auto& extractor : all_extractors()) {
    if (!is_chosen(*extractor)) continue;
    Extraction found = extract(*extractor, file);
    for (Package& package : found.packages) {
      if (package.found_by.empty()) package.found_by = extractor->name();
    }
    append(extraction, std::move(found));
  }
  return extraction;
}

bool is_os_package(const Package& package) {
  return is_system_type(package.type);
}

Package placed(Package package, const ReadFile& file, const Distribution& distribution) {
  package.path.insert(0, file.path);
  if (!file.layer.empty()) package.layer = file.layer;  // an SBOM's packages have their own
  if (is_os_package(package)) package.purl = system_purl(package, distribution);
  return package;
}

Extraction all_of(const std::vector<ReadFile>& files, const Distribution& distribution) {
  Extraction extraction;
  std::size_t told = 0;
  for (const ReadFile& file : files) told += file.extraction->packages.size();
  // A vector that grows holds up to three times what it has; and what is past the bound is counted, not copied.
  extraction.packages.reserve(std::min(told, kPackagesMax));
  std::size_t left_out = 0;
  const Precedence precedence(files, distribution);
  for (const ReadFile& file : files) {
    for (const Package& package : file.extraction->packages) {
      if (!precedence.counts(package.type, file)) continue;
      if (extraction.packages.size() < kPackagesMax) {
        extraction.packages.push_back(placed(package, file, distribution));
      } else {
        ++left_out;
      }
    }
    if (precedence.is_lock_of_package(file)) continue;
    for (const ScanWarning& warning : file.extraction->warnings) {
      // Who owns a file tells what it is.
      const bool asks_what_it_is = warning.reason == "UnknownPackage" || warning.reason == "Unsupported";
      if (!asks_what_it_is || !precedence.is_owned(file)) extraction.warnings.push_back(warning);
    }
  }
  if (left_out != 0) {
    extraction.warnings.push_back({.reason = "LimitExceeded",
                                   .path = {},
                                   .message = fmt::format("{} packages beyond the limit of {}", left_out, kPackagesMax),
                                   .count = left_out});
  }
  return extraction;
}

void warn_of_unsupported(const std::vector<UnsupportedFile>& files, Extraction& extraction) {
  struct Group {
    std::string_view first_path;
    std::uint64_t count = 0;
  };
  std::map<std::string_view, Group> groups;
  for (const UnsupportedFile& file : files) {
    Group& group = groups[file.kind];
    if (group.count == 0 || file.path < group.first_path) group.first_path = file.path;
    ++group.count;
  }
  for (const auto& [kind, group] : groups) {
    extraction.warnings.push_back({.reason = "Unsupported",
                                   .path = base::escape_text(group.first_path),
                                   .message = fmt::format("{}: recognised, but its packages cannot be read yet", kind),
                                   .count = group.count});
  }
}

// Where nobody tells of any package of a distribution, whose are the programs? Its database may have been deleted, or
// be one that nobody reads.
void warn_of_programs(const Distribution& distribution, std::uint64_t programs, Extraction& extraction) {
  if (distribution.id.empty()) {
    extraction.warnings.push_back(
        {.reason = "UnknownDistribution",
         .path = std::string(kOsReleasePath),
         .message =
             fmt::format("{} ELF files, but no os-release and no package database tells what they are", programs),
         .count = programs});
    return;
  }
  extraction.warnings.push_back(
      {.reason = "NoPackageDatabase",
       .path = std::string(kOsReleasePath),
       .message = fmt::format("{} ELF files of distribution \"{}\", but no package database tells what they are",
                              programs, distribution.id),
       .count = programs});
}

void warn_of_distribution(const Distribution& distribution, std::uint64_t unknown_programs, Extraction& extraction) {
  const auto os_packages = std::count_if(extraction.packages.begin(), extraction.packages.end(), is_os_package);
  if (os_packages > 0 && !is_known(distribution)) {
    extraction.warnings.push_back(
        {.reason = "UnknownDistribution",
         .path = std::string(kOsReleasePath),
         .message = distribution.id.empty()
                        ? fmt::format("{} system packages, but no os-release tells the distribution", os_packages)
                        : fmt::format("{} system packages of distribution \"{}\", of which no advisories are known",
                                      os_packages, distribution.id),
         .count = static_cast<std::uint64_t>(os_packages)});
  }
  if (os_packages == 0 && unknown_programs > 0) warn_of_programs(distribution, unknown_programs, extraction);
}

// What comes after the limit is told by its number.
void bound(std::vector<ScanWarning>& warnings) {
  if (warnings.size() <= kWarningsMax) return;
  const std::size_t more = warnings.size() - kWarningsMax + 1;
  warnings.resize(kWarningsMax - 1);
  warnings.push_back(
      {.reason = "LimitExceeded", .path = {}, .message = fmt::format("{} more warnings", more), .count = more});
}

template <typename T>
void sort_and_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

Extraction read_file(const ImageFile& file) {
  return extract_by([&](const Extractor& extractor) { return extractor.wants(file.path); }, file);
}

Extraction read_content(std::string_view kind, const ImageFile& file) {
  return extract_by([kind](const Extractor& extractor) { return extractor.content_kind() == kind; }, file);
}

ImageInventory inventory_of(const ImageContent& content) {
  const Distribution distribution = find_distribution(content.files);
  Extraction extraction = all_of(content.files, distribution);
  sort_and_unique(extraction.packages);
  warn_of_unsupported(content.unsupported, extraction);
  FoundPrograms programs = find_programs(content);
  warn_of_distribution(distribution, programs.unknown_files, extraction);
  sort_and_unique(extraction.warnings);
  bound(extraction.warnings);
  return {.distribution = distribution,
          .packages = std::move(extraction.packages),
          .warnings = std::move(extraction.warnings),
          .programs = std::move(programs.coverage)};
}

}  // namespace scanner::inventory
