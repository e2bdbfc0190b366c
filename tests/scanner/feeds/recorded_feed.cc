#include "tests/scanner/feeds/recorded_feed.h"

namespace tests {

using scanner::advisories::FeedNote;

scanner::advisories::PairSink sink_of(RecordedFeed& feed) {
  return {
      .on_pair = [&](std::string key, std::string value) { feed.pairs.emplace_back(std::move(key), std::move(value)); },
      .on_note = [&](const FeedNote& note) { feed.notes.emplace_back(note.place, note.message, note.count); },
      .on_progress = [](std::uint64_t /*done*/, std::uint64_t /*total*/) {}};
}

RecordedFeed record(const scanner::advisories::ReadFeed& read, const scanner::advisories::BuildSource& source) {
  RecordedFeed feed;
  const scanner::advisories::FeedSummary summary = read(source, sink_of(feed));
  feed.records = summary.records;
  feed.newest = summary.newest;
  return feed;
}

}  // namespace tests
