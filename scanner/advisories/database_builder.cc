#include "scanner/advisories/database_builder.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/output_file.h"
#include "scanner/advisories/advisory_codec.h"
#include "scanner/advisories/database_info.h"
#include "scanner/advisories/database_keys.h"
#include "scanner/advisories/database_writer.h"
#include "scanner/advisories/ed25519.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/references.h"
#include "scanner/advisories/signature.h"
#include "scanner/advisories/sorted_runs.h"

namespace scanner::advisories {

namespace {

std::string directory_of(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path();
  return directory.empty() ? "." : directory;
}

// What the feeds said, sorted on disk.
struct Parsed {
  SortedRuns pairs;
  std::vector<DatabaseSource> sources;
  std::uint64_t notes = 0;
};

DatabaseSource read_source(const BuildSource& source, const BuildRequest& request, Parsed& parsed) {
  const std::string place = source.name.empty() ? std::filesystem::path(source.path).filename().string() : source.name;
  const std::string name = fmt::format("{}:{}", source.format, place);
  const PairSink sink{
      .on_pair = [&](std::string key, std::string value) { parsed.pairs.add(std::move(key), std::move(value)); },
      .on_note =
          [&](FeedNote note) {
            parsed.notes += note.count;
            if (request.on_note) request.on_note(note);
          },
      .on_progress =
          [&](std::uint64_t done, std::uint64_t total) {
            if (request.on_progress)
              request.on_progress({.source = name, .stage = "read", .done = done, .total = total});
          }};
  const FeedSummary summary = request.read_feed(source, sink);
  return {.name = name, .format = source.format, .records = summary.records, .newest = summary.newest};
}

Parsed parse_sources(const BuildRequest& request) {
  Parsed parsed{.pairs = SortedRuns(directory_of(request.output_path), kSpillBytes), .sources = {}};
  for (const BuildSource& source : request.sources) parsed.sources.push_back(read_source(source, request, parsed));
  return parsed;
}

// Collects the values of one key and writes them as one.
class GroupWriter {
 public:
  explicit GroupWriter(DatabaseWriter& writer) : writer_(writer) {}

  void add(std::string_view key, std::string_view value) {
    if (key != key_) flush();
    key_ = key;
    value_bytes_ += value.size();
    if (value_bytes_ > kValueBytesMax) {
      throw base::LimitExceeded(
          fmt::format("building the database: the records of one package take more than {} bytes: {}", kValueBytesMax,
                      base::escape_text(key_)));
    }
    values_.emplace_back(value);
  }
  void flush() {
    if (!key_.empty()) writer_.append(key_, combined());
    values_.clear();
    value_bytes_ = 0;
  }
  [[nodiscard]] std::uint64_t advisories() const { return advisories_; }

 private:
  std::string combined() {
    if (key_.front() == kEcosystemKind) return {};
    if (key_.front() == kAdvisoryKind) {
      advisories_ += values_.size();
      return encode_list(values_);
    }
    if (key_.front() == kReferenceKind) return combined_references();
    return key_.front() == kThreatKind ? combined_threat() : combined_ratings();
  }

  [[nodiscard]] std::string combined_references() const {
    std::vector<std::string> references;
    for (const std::string& value : values_) {
      const std::vector<std::string_view> more = decode_list(value);
      add_references(references, {more.begin(), more.end()});
    }
    return encode_list(references);
  }

  [[nodiscard]] std::string combined_threat() const {
    Threat threat;
    for (const std::string& value : values_) merge_threat(threat, decode_threat(value));
    return encode_threat(threat);
  }

  [[nodiscard]] std::string combined_ratings() const {
    std::vector<Rating> ratings;
    for (const std::string& value : values_) {
      for (Rating& rating : decode_ratings(value)) {
        if (ratings.size() < kRatingsMax && std::ranges::find(ratings, rating) == ratings.end()) {
          ratings.push_back(std::move(rating));
        }
      }
    }
    return encode_ratings(ratings);
  }

  DatabaseWriter& writer_;
  std::string key_;
  std::vector<std::string> values_;
  std::size_t value_bytes_ = 0;
  std::uint64_t advisories_ = 0;
};

void write_database(const std::string& path, Parsed& parsed, DatabaseInfo& info) {
  DatabaseWriter writer(path);
  GroupWriter groups(writer);
  parsed.pairs.for_each([&](std::string_view key, std::string_view value) { groups.add(key, value); });
  groups.flush();
  info.advisories = groups.advisories();
  writer.append(kInfoKey, format_database_info(info));
  writer.finish();
}

std::uint64_t next_generation(const std::string& output_path, const base::Clock& clock) {
  const auto since_epoch = std::chrono::duration_cast<std::chrono::seconds>(clock.system_now().time_since_epoch());
  const auto now = static_cast<std::uint64_t>(since_epoch.count());
  if (!std::filesystem::exists(output_path)) return now;
  return std::max(now, read_signature(output_path).generation + 1);
}

// Before the feeds are read: minutes of work are not to end at a key that cannot be used.
void check_key(const std::string& path) {
  static_cast<void>(public_of(base::read_file(path, kKeyFileBytesMax), path));
}

void report_stage(const BuildRequest& request, std::string_view stage) {
  if (request.on_progress) request.on_progress({.source = {}, .stage = std::string(stage), .done = 0, .total = 1});
}

}  // namespace

BuildSource parse_build_source(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) {
    throw base::ConfigError(fmt::format("\"{}\" is not FORMAT:PATH; formats: {}", base::escape_text(text),
                                        fmt::join(feed_formats(), ", ")));
  }
  BuildSource source{.format = std::string(text.substr(0, colon)), .path = std::string(text.substr(colon + 1))};
  static_cast<void>(feed_of(source.format));
  return source;
}

BuildResult build_database(const BuildRequest& request, const base::Clock& clock) {
  check_key(request.key_path);
  BuildResult result;
  result.info.format_version = kDatabaseFormatVersion;
  result.info.generation = next_generation(request.output_path, clock);
  result.info.built_at = base::format_rfc3339(clock.system_now());

  Parsed parsed = parse_sources(request);
  result.info.sources = parsed.sources;
  result.notes = parsed.notes;

  base::TemporaryFile file(request.output_path + ".building");
  report_stage(request, "write");
  write_database(file.path(), parsed, result.info);
  report_stage(request, "sign");
  sign_database(file.path(), request.key_path, result.info.generation);
  // What cannot be opened never takes the place of what could.
  result.info.bytes = Database::open(file.path())->info().bytes;
  file.keep_as(request.output_path);
  return result;
}

}  // namespace scanner::advisories
