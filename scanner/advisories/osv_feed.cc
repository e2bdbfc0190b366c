#include "scanner/advisories/osv_feed.h"

#include <algorithm>

#include "base/log.h"
#include "scanner/advisories/osv_record.h"
#include "scanner/advisories/record_files.h"

namespace scanner::advisories {

FeedSummary OsvFeed::read(const std::string& path, const FeedReader& reader) const {
  OsvRecordParser parser;
  FeedSummary summary;
  const auto read_record = [&](const std::string& place, std::string_view json) {
    OsvRecord record = parser.parse(json, place);
    for (std::string& note : record.notes) reader.on_note({.place = place, .message = base::escape_text(note)});
    for (Advisory& advisory : record.advisories) reader.on_advisory(std::move(advisory));
    summary.newest = std::max(summary.newest, record.modified);
    ++summary.records;
  };
  read_record_files(path, {.on_record = read_record, .on_progress = reader.on_progress});
  return summary;
}

}  // namespace scanner::advisories
