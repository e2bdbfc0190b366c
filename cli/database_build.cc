// pratique database build
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <sstream>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/output_file.h"
#include "cli/cache_directory.h"
#include "cli/feed_download.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "net/proxy.h"
#include "net/url_policy.h"
#include "scanner/advisories/database_builder.h"
#include "scanner/feeds/feed_cache.h"
#include "scanner/feeds/feed_process.h"

namespace cli {
namespace {

using scanner::advisories::BuildSource;

// Beyond these, notes are counted only.
constexpr std::uint64_t kNotesShownMax = 20;
constexpr std::size_t kSourcesBytesMax = 1 << 20;
constexpr const char* kBlanks = " \t\r";

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

BuildSource source_of(const std::string& text) {
  BuildSource source = scanner::advisories::parse_build_source(text);
  if (is_feed_url(source.path)) source.name = shown_feed(source.path);
  return source;
}

// Of a file with one a line.
void add_sources(const std::string& path, std::vector<BuildSource>& sources) {
  std::istringstream lines(base::read_file(path, kSourcesBytesMax));
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string::npos || line[begin] == '#') continue;
    try {
      sources.push_back(source_of(line.substr(begin, line.find_last_not_of(kBlanks) + 1 - begin)));
    } catch (const base::ConfigError& error) {
      throw base::ConfigError(fmt::format("{}:{}: {}", path, number, error.what()));
    }
  }
  if (sources.empty()) {
    throw base::ConfigError(fmt::format("{} names no feed: a line is FORMAT:PATH or FORMAT:https://...", path));
  }
}

// Of the command line, then of the file.
std::vector<BuildSource> sources_of(const DatabaseBuildCommand& command) {
  std::vector<BuildSource> sources;
  for (const std::string& text : command.sources) sources.push_back(source_of(text));
  if (!command.sources_file.empty()) add_sources(command.sources_file, sources);
  if (sources.empty()) throw base::ConfigError("no feed is named: --source FORMAT:PATH, or --sources FILE");
  return sources;
}

// Reads feeds, each in a sandboxed child, and only what has changed; those that are named by an address it fetches
// first.
class FeedReader {
 public:
  FeedReader(const DatabaseBuildCommand& command, const std::vector<BuildSource>& sources, const Console& console,
             Progress& progress)
      : directory_(cache_directory(command.cache, "feeds", console)),
        read_(directory_.empty() ? scanner::advisories::ReadFeed(scanner::feeds::read_feed_confined)
                                 : scanner::advisories::ReadFeed(
                                       scanner::feeds::FeedCache(directory_, scanner::feeds::read_feed_confined))),
        progress_(progress) {
    for (const std::string& host : command.plain_http) {
      policy_.plain_http_hosts.insert(net::parse_url("http://" + host).authority());
    }
    for (const BuildSource& source : sources) {
      if (is_feed_url(source.path)) policy_.private_hosts.insert(net::parse_url(source.path).authority());
    }
  }

  // A scanner::advisories::ReadFeed.
  scanner::advisories::FeedSummary read(const BuildSource& source, const scanner::advisories::PairSink& sink) {
    if (!is_feed_url(source.path)) return read_(source, sink);
    BuildSource fetched = source;
    fetched.path = download().fetch(source.path);
    return read_(fetched, sink);
  }
  void forget_unused() const {
    if (download_) download_->forget_unused();
  }

 private:
  // Without a directory that is kept, feeds are in one that goes with this.
  FeedDownload& download() {
    if (download_) return *download_;
    http_ = net::make_http_client(
        {.address_policy = [this](const net::Url& url,
                                  const std::string& address) { net::check_address(policy_, url, address); },
         .proxy = net::environment_proxy});
    return download_.emplace(FeedDownload::Settings{
        .directory = directory_.empty() ? own_.emplace().path() : directory_,
        .http = *http_,
        .plain_http_hosts = policy_.plain_http_hosts,
        .on_progress = [this](
                           std::string_view name, std::uint64_t done,
                           std::uint64_t total) { progress_.show_bytes(fmt::format("fetch {}", name), done, total); },
        .pause = [](std::chrono::seconds duration) { std::this_thread::sleep_for(duration); }});
  }

  const std::string directory_;  // that is kept; empty: none
  const scanner::advisories::ReadFeed read_;
  Progress& progress_;
  net::UrlPolicy policy_;
  std::unique_ptr<net::HttpClient> http_;
  std::optional<base::TemporaryDirectory> own_;
  std::optional<FeedDownload> download_;
};

}  // namespace

ExitCode run(const DatabaseBuildCommand& command, const Console& console) {
  const base::RealClock clock;
  Progress progress(console, clock);
  NotePrinter notes(console, progress);
  std::vector<BuildSource> sources = sources_of(command);
  FeedReader feeds(command, sources, console, progress);
  const scanner::advisories::BuildRequest request{
      .sources = std::move(sources),
      .read_feed = [&](const BuildSource& source, const auto& sink) { return feeds.read(source, sink); },
      .key_path = command.key,
      .output_path = command.output,
      .on_progress =
          [&](const scanner::advisories::BuildProgress& now) {
            progress.show_part(now.source.empty() ? now.stage : now.stage + " " + now.source, now.done, now.total);
          },
      .on_note = [&](const auto& note) { notes.print(note); }};
  const scanner::advisories::BuildResult result = scanner::advisories::build_database(request, clock);
  feeds.forget_unused();
  progress.clear();
  fmt::print(console.out, "{}: generation {}, {} advisories from {} sources, {}, {} notes\n", command.output,
             result.info.generation, result.info.advisories, result.info.sources.size(),
             readable_bytes(result.info.bytes), result.notes);
  return ExitCode::kClean;
}

}  // namespace cli
