#include "scanner/advisories/osv_feed.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/zip_reader.h"
#include "scanner/advisories/feed_files.h"
#include "scanner/advisories/file_reader.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/osv_record.h"

namespace scanner::advisories {

namespace {

// Reads records one after the other and keeps the tally.
class Reading {
 public:
  explicit Reading(const FeedReader& reader) : reader_(reader) {}

  void record(const std::string& place, std::string_view json) {
    OsvRecord record = parser_.parse(json, place);
    for (std::string& note : record.notes) reader_.on_note({.place = place, .message = base::escape_text(note)});
    for (Advisory& advisory : record.advisories) reader_.on_advisory(std::move(advisory));
    summary_.newest = std::max(summary_.newest, record.modified);
    ++summary_.records;
  }
  void progress(std::uint64_t done, std::uint64_t total) const {
    if (done % 256 == 0 || done == total) reader_.on_progress(done, total);
  }
  [[nodiscard]] FeedSummary summary() const { return summary_; }

 private:
  const FeedReader& reader_;
  OsvRecordParser parser_;
  FeedSummary summary_;
};

FeedSummary read_zip(const std::string& path, const FeedReader& reader) {
  Reading reading(reader);
  const FileReader file(path);
  const base::ZipReader zip(file, {.members_max = kFilesMax, .directory_bytes_max = kDirectoryBytesMax});
  std::uint64_t done = 0;
  for (const base::ZipMember& member : zip.members()) {
    if (member.name.ends_with(".json")) {
      reading.record(fmt::format("{}: {}", path, base::escape_text(member.name)), zip.read(member, kRecordBytesMax));
    }
    reading.progress(++done, zip.members().size());
  }
  if (reading.summary().records == 0)
    throw base::ParseError(fmt::format("reading zip {}: no .json record in it", path));
  return reading.summary();
}

}  // namespace

FeedSummary OsvFeed::read(const std::string& path, const FeedReader& reader) const {
  if (path.ends_with(".zip")) return read_zip(path, reader);
  Reading reading(reader);
  const std::vector<std::filesystem::path> files = feed_files(path, ".json");
  std::uint64_t done = 0;
  for (const std::filesystem::path& file : files) {
    reading.record(file.string(), base::read_file(file, kRecordBytesMax));
    reading.progress(++done, files.size());
  }
  return reading.summary();
}

}  // namespace scanner::advisories
