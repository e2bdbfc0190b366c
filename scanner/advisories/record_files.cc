#include "scanner/advisories/record_files.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/zip_reader.h"
#include "scanner/advisories/feed_files.h"
#include "scanner/advisories/file_reader.h"
#include "scanner/advisories/limits.h"

namespace scanner::advisories {

namespace {

constexpr std::string_view kSuffix = ".json";

// A terminal's bar does not need every document.
void tell_progress(const RecordFiles& files, std::uint64_t done, std::uint64_t total) {
  if (done % 256 == 0 || done == total) files.on_progress(done, total);
}

void read_zip(const std::string& path, const RecordFiles& files) {
  const FileReader file(path);
  const base::ZipReader zip(file, {.members_max = kFilesMax, .directory_bytes_max = kDirectoryBytesMax});
  std::uint64_t done = 0;
  bool has_record = false;
  for (const base::ZipMember& member : zip.members()) {
    if (member.name.ends_with(kSuffix)) {
      files.on_record(fmt::format("{}: {}", path, base::escape_text(member.name)), zip.read(member, kRecordBytesMax));
      has_record = true;
    }
    tell_progress(files, ++done, zip.members().size());
  }
  if (!has_record) throw base::ParseError(fmt::format("reading zip {}: no .json record in it", path));
}

}  // namespace

void read_record_files(const std::string& path, const RecordFiles& files) {
  if (path.ends_with(".zip")) return read_zip(path, files);
  const std::vector<std::filesystem::path> paths = feed_files(path, {kSuffix});
  std::uint64_t done = 0;
  for (const std::filesystem::path& file : paths) {
    files.on_record(file.string(), base::read_file(file, kRecordBytesMax));
    tell_progress(files, ++done, paths.size());
  }
}

}  // namespace scanner::advisories
