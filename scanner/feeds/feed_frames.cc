#include "scanner/feeds/feed_frames.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace scanner::feeds {
namespace {

using worker::Frame;
using worker::FrameType;

// Pairs are gathered to frames of about this size.
constexpr std::size_t kPairsFrameBytes = std::size_t{256} << 10;
constexpr std::size_t kTextBytesMax = 4096;  // of a note's place, and of a message
constexpr std::string_view kDamaged = "reading a feed: its reader said what no reader says";

enum class Failure { kOther, kConfig, kParse, kLimit };

Failure kind_of(const std::exception& error) {
  if (dynamic_cast<const base::ConfigError*>(&error) != nullptr) return Failure::kConfig;
  if (dynamic_cast<const base::ParseError*>(&error) != nullptr) return Failure::kParse;
  if (dynamic_cast<const base::LimitExceeded*>(&error) != nullptr) return Failure::kLimit;
  return Failure::kOther;
}

[[noreturn]] void rethrow(std::string_view payload) {
  base::FieldReader reader(payload, kDamaged);
  const auto failure = reader.word(Failure::kLimit);
  const std::string message = base::escape_text(reader.text());
  switch (failure) {
    case Failure::kConfig:
      throw base::ConfigError(message);
    case Failure::kParse:
      throw base::ParseError(message);
    case Failure::kLimit:
      throw base::LimitExceeded(message);
    case Failure::kOther:
      break;
  }
  throw base::Error(message);
}

void take_pairs(std::string_view payload, const PairSink& sink) {
  base::FieldReader reader(payload, kDamaged);
  while (!reader.is_at_end()) {
    const std::string_view key = reader.text();
    const std::string_view value = reader.text();
    advisories::check_pair(key, value);
    sink.on_pair(std::string(key), std::string(value));
  }
}

void take_note(std::string_view payload, const PairSink& sink) {
  base::FieldReader reader(payload, kDamaged);
  FeedNote note;
  note.place = base::escape_text(reader.text());
  note.message = base::escape_text(reader.text());
  note.count = reader.number();
  if (sink.on_note) sink.on_note(std::move(note));
}

void take_progress(std::string_view payload, const PairSink& sink) {
  base::FieldReader reader(payload, kDamaged);
  const std::uint64_t done = reader.number();
  const std::uint64_t total = reader.number();
  if (sink.on_progress) sink.on_progress(done, total);
}

FeedSummary parse_summary(std::string_view payload) {
  base::FieldReader reader(payload, kDamaged);
  FeedSummary summary;
  summary.records = reader.number();
  summary.newest = base::escape_text(reader.text());
  return summary;
}

}  // namespace

PairSink FeedFrameWriter::sink() {
  return {.on_pair = [this](const std::string& key, const std::string& value) { add(key, value); },
          .on_note =
              [this](const FeedNote& note) {
                base::FieldWriter fields;
                fields.text(std::string_view(note.place).substr(0, kTextBytesMax));
                fields.text(std::string_view(note.message).substr(0, kTextBytesMax));
                fields.number(note.count);
                write_(FrameType::kNote, fields.bytes());
              },
          .on_progress =
              [this](std::uint64_t done, std::uint64_t total) {
                base::FieldWriter fields;
                fields.number(done);
                fields.number(total);
                write_(FrameType::kProgress, fields.bytes());
              }};
}

void FeedFrameWriter::add(std::string_view key, std::string_view value) {
  pairs_.text(key);
  pairs_.text(value);
  if (pairs_.bytes().size() >= kPairsFrameBytes) write_pairs();
}

void FeedFrameWriter::write_pairs() {
  if (pairs_.bytes().empty()) return;
  write_(FrameType::kPairs, pairs_.bytes());
  pairs_.clear();
}

void FeedFrameWriter::finish(const FeedSummary& summary) {
  write_pairs();
  base::FieldWriter fields;
  fields.number(summary.records);
  fields.text(summary.newest);
  write_(FrameType::kSummary, fields.bytes());
}

void FeedFrameWriter::fail(const std::exception& error) {
  base::FieldWriter fields;
  fields.number(static_cast<std::uint64_t>(kind_of(error)));
  fields.text(std::string_view(error.what()).substr(0, kTextBytesMax));
  write_(FrameType::kFailure, fields.bytes());
}

std::optional<FeedSummary> take_feed_frame(const Frame& frame, const PairSink& sink) {
  switch (frame.type) {
    case FrameType::kPairs:
      take_pairs(frame.payload, sink);
      return std::nullopt;
    case FrameType::kNote:
      take_note(frame.payload, sink);
      return std::nullopt;
    case FrameType::kProgress:
      take_progress(frame.payload, sink);
      return std::nullopt;
    case FrameType::kSummary:
      return parse_summary(frame.payload);
    case FrameType::kFailure:
      rethrow(frame.payload);
    default:
      throw base::ParseError(std::string(kDamaged));
  }
}

}  // namespace scanner::feeds
