// pratique database build
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <set>
#include <sstream>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/output_file.h"
#include "cli/cache_directory.h"
#include "cli/feed_download.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "net/proxy.h"
#include "scanner/advisories/database_builder.h"
#include "scanner/feeds/feed_cache.h"
#include "scanner/feeds/feed_process.h"

namespace cli {
namespace {

// Beyond these, notes are counted only.
constexpr std::uint64_t kNotesShownMax = 20;
constexpr std::size_t kSourcesBytesMax = 1 << 20;

// Shows the first notes between two drawings of the bar.
class NotePrinter {
 public:
  NotePrinter(const Console& console, Progress& progress) : console_(console), progress_(progress) {}

  void print(const scanner::advisories::FeedNote& note) {
    if (++notes_ > kNotesShownMax) return;
    progress_.clear();
    fmt::print(console_.err, "note: {}: {}{}\n", note.place, note.message,
               note.count > 1 ? fmt::format(" ({} times)", note.count) : "");
    if (notes_ == kNotesShownMax) fmt::print(console_.err, "note: what follows is counted only\n");
  }

 private:
  const Console& console_;
  Progress& progress_;
  std::uint64_t notes_ = 0;
};

// In a sandboxed child each, and only what has changed.
scanner::advisories::ReadFeed reader_of(const DatabaseBuildCommand& command, const Console& console) {
  const std::string directory = cache_directory(command.cache, "feeds", console);
  if (directory.empty()) return scanner::feeds::read_feed_confined;
  return scanner::feeds::FeedCache(directory, scanner::feeds::read_feed_confined);
}

// Of the command line, then of the file.
std::vector<std::string> sources_of(const DatabaseBuildCommand& command) {
  std::vector<std::string> sources = command.sources;
  if (!command.sources_file.empty()) {
    std::istringstream lines(base::read_file(command.sources_file, kSourcesBytesMax));
    for (std::string line; std::getline(lines, line);) {
      const std::size_t begin = line.find_first_not_of(" \t\r");
      if (begin == std::string::npos || line[begin] == '#') continue;
      sources.push_back(line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin));
    }
  }
  if (sources.empty()) {
    throw base::ConfigError(
        command.sources_file.empty()
            ? "no feed is named: --source FORMAT:PATH, or --sources FILE"
            : fmt::format("{} names no feed: a line is FORMAT:PATH or FORMAT:https://...", command.sources_file));
  }
  return sources;
}

// Sources that are named by an address, as files. Without a directory that is kept, they are in one that goes with
// this.
class Feeds {
 public:
  Feeds(const DatabaseBuildCommand& command, const Console& console, Progress& progress)
      : http_(net::make_http_client({.proxy = net::environment_proxy})), progress_(progress) {
    std::string directory = cache_directory(command.cache, "feeds", console);
    if (directory.empty()) directory = own_.emplace().path();
    for (const std::string& host : command.plain_http) plain_http_.insert(net::parse_url("http://" + host).authority());
    download_.emplace(
        FeedDownload::Settings{.directory = directory,
                               .http = *http_,
                               .plain_http_hosts = plain_http_,
                               .on_progress = [this](std::string_view name, std::uint64_t done, std::uint64_t total) {
                                 progress_.show_bytes(fmt::format("fetch {}", name), done, total);
                               }});
  }

  [[nodiscard]] scanner::advisories::BuildSource source(const std::string& text) const {
    scanner::advisories::BuildSource source = scanner::advisories::parse_build_source(text);
    if (!is_feed_url(source.path)) return source;
    source.name = source.path;
    source.path = download_->fetch(source.name);
    return source;
  }
  void forget_unused() const { download_->forget_unused(); }

 private:
  const std::unique_ptr<net::HttpClient> http_;
  Progress& progress_;
  std::set<std::string> plain_http_;
  std::optional<base::TemporaryDirectory> own_;
  std::optional<FeedDownload> download_;
};

}  // namespace

ExitCode run(const DatabaseBuildCommand& command, const Console& console) {
  const base::RealClock clock;
  Progress progress(console, clock);
  NotePrinter notes(console, progress);
  scanner::advisories::BuildRequest request{
      .sources = {},
      .read_feed = reader_of(command, console),
      .key_path = command.key,
      .output_path = command.output,
      .on_progress =
          [&](const scanner::advisories::BuildProgress& now) {
            progress.show_part(now.source.empty() ? now.stage : now.stage + " " + now.source, now.done, now.total);
          },
      .on_note = [&](const auto& note) { notes.print(note); }};
  const Feeds feeds(command, console, progress);
  for (const std::string& source : sources_of(command)) request.sources.push_back(feeds.source(source));
  const scanner::advisories::BuildResult result = scanner::advisories::build_database(request, clock);
  feeds.forget_unused();
  progress.clear();
  fmt::print(console.out, "{}: generation {}, {} advisories from {} sources, {}, {} notes\n", command.output,
             result.info.generation, result.info.advisories, result.info.sources.size(),
             readable_bytes(result.info.bytes), result.notes);
  return ExitCode::kClean;
}

}  // namespace cli
