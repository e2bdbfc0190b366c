#include "scanner/inventory/rpm/rpm_extractor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/error.h"
#include "scanner/inventory/limits.h"
#include "scanner/inventory/owned_files.h"
#include "scanner/inventory/rpm/rpm_database.h"
#include "scanner/inventory/rpm/rpm_header.h"
#include "scanner/inventory/rpm/source_rpm.h"
#include "scanner/inventory/system_package.h"
#include "scanner/inventory/text_lines.h"

namespace scanner::inventory {
namespace {

// Azure Linux's images without a package manager: a line a package.
constexpr std::string_view kManifest = "var/lib/rpmmanifest/container-manifest-2";

constexpr std::array<std::string_view, 13> kPaths = {"var/lib/rpm/Packages",
                                                     "var/lib/rpm/Packages.db",
                                                     "var/lib/rpm/rpmdb.sqlite",
                                                     "var/lib/rpm/rpmdb.sqlite-wal",
                                                     "usr/lib/sysimage/rpm/Packages",
                                                     "usr/lib/sysimage/rpm/Packages.db",
                                                     "usr/lib/sysimage/rpm/rpmdb.sqlite",
                                                     "usr/lib/sysimage/rpm/rpmdb.sqlite-wal",
                                                     "usr/share/rpm/Packages",
                                                     "usr/share/rpm/Packages.db",
                                                     "usr/share/rpm/rpmdb.sqlite",
                                                     "usr/share/rpm/rpmdb.sqlite-wal",
                                                     kManifest};

// An epoch of 0 is the same as none and is not written. The source has that of its packages.
std::string with_epoch(std::uint32_t epoch, std::string_view version) {
  return epoch == 0 || version.empty() ? std::string(version) : fmt::format("{}:{}", epoch, version);
}

// Of all packages of one database.
class OwnedFiles {
 public:
  void add(const RpmFiles& files, std::vector<std::string>& owned) {
    files.for_each([&](std::string_view path) {
      const std::size_t before = owned.size();
      if (++files_ <= kRpmFilesMax) add_owned_file(owned, path);
      if (owned.size() > before) bytes_ += sizeof(std::string) + path.size();
      if (files_ > kRpmFilesMax || bytes_ > kRpmOwnedBytesMax) {
        throw base::LimitExceeded(
            fmt::format("more than {} files, or {} bytes of their names", kRpmFilesMax, kRpmOwnedBytesMax));
      }
    });
  }

 private:
  std::uint64_t files_ = 0;
  std::uint64_t bytes_ = 0;
};

void add_header(std::string_view blob, OwnedFiles& owned, Extraction& extraction, BrokenParts& broken) {
  const RpmHeader header = parse_rpm_header(blob);
  // Keys that packages are signed with stand in the database like packages.
  if (header.name == "gpg-pubkey") return;
  const SourceRpm source = parse_source_rpm(header.source_rpm);
  const std::string release = header.release.empty() ? "" : "-" + std::string(header.release);
  const std::string version = with_epoch(header.epoch.value_or(0), std::string(header.version) + release);
  const std::string source_version = with_epoch(header.epoch.value_or(0), source.version);
  add_system_package({.type = "rpm",
                      .name = header.name,
                      .version = version,
                      .architecture = header.architecture,
                      .source = source.name,
                      .source_version = source_version,
                      .module = module_stream_of(header.module)},
                     "a header", extraction, broken);
  owned.add(header.files, extraction.owned_files);
}

std::vector<std::string_view> columns_of(std::string_view line) {
  std::vector<std::string_view> columns;
  while (true) {
    const std::size_t tab = line.find('\t');
    columns.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return columns;
    line.remove_prefix(tab + 1);
  }
}

// Name, version with release, dates of installation and build, vendor, epoch, size, architecture, epoch again, source.
void read_manifest(std::string_view content, Extraction& extraction, BrokenParts& broken) {
  constexpr std::size_t kColumns = 10;
  for (std::size_t number = 1; !content.empty(); ++number) {
    const std::string_view line = without_blanks(take_line(content));
    if (line.empty()) continue;
    const std::vector<std::string_view> columns = columns_of(line);
    const std::string where = fmt::format("line {}", number);
    if (columns.size() != kColumns) {
      broken.add(where, fmt::format("{} columns where there should be {}", columns.size(), kColumns));
      continue;
    }
    const bool has_epoch = columns[8] != "0" && columns[8] != "(none)";
    const std::string epoch = has_epoch ? std::string(columns[8]) + ":" : "";
    const SourceRpm source = parse_source_rpm(columns[9]);
    const std::string version = epoch + std::string(columns[1]);
    const std::string source_version = source.version.empty() ? "" : epoch + std::string(source.version);
    add_system_package({.type = "rpm",
                        .name = columns[0],
                        .version = version,
                        .architecture = columns[7],
                        .source = source.name,
                        .source_version = source_version,
                        .module = {}},
                       where, extraction, broken);
  }
}

void read_database(const ImageFile& file, Extraction& extraction, BrokenParts& broken) {
  OwnedFiles owned;
  const auto on_header = [&](std::string_view header) { add_header(header, owned, extraction, broken); };
  if (file.path.ends_with(".sqlite")) return read_sqlite_database(file.content, on_header, broken);
  if (file.path.ends_with(".db")) return read_ndb_database(file.content, on_header, broken);
  read_berkeley_database(file.content, on_header, broken);
}

}  // namespace

bool RpmExtractor::wants(std::string_view path) const {
  return std::find(kPaths.begin(), kPaths.end(), path) != kPaths.end();
}

Extraction RpmExtractor::extract(const ImageFile& file) const {
  Extraction extraction;
  BrokenParts broken;
  if (file.path.ends_with("-wal")) {
    if (!file.content.empty()) throw base::ParseError("the last changes of the rpm database, which are not read");
    return extraction;
  }
  if (file.path == kManifest) {
    read_manifest(file.content, extraction, broken);
    check_not_cut_off(file, broken);
  } else {
    read_database(file, extraction, broken);
  }
  broken.append_to(extraction.warnings, file.path);
  return extraction;
}

std::span<const std::string_view> RpmExtractor::fixed_paths() const {
  return kPaths;
}

}  // namespace scanner::inventory
