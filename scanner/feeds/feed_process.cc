#include "scanner/feeds/feed_process.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "scanner/feeds/feed_child.h"
#include "scanner/feeds/feed_frames.h"
#include "scanner/worker/child_process.h"

namespace scanner::feeds {
namespace {

constexpr std::chrono::hours kPatience{1};

}  // namespace

advisories::FeedSummary read_feed_confined(const advisories::BuildSource& source, const advisories::PairSink& sink) {
  worker::ChildProcess child({.arguments = {kFeedReaderArgument, source.format, source.path},
                              .task = fmt::format("the reader of {}", base::escape_text(source.path)),
                              .deadline = std::chrono::steady_clock::now() + kPatience});
  for (;;) {
    if (std::optional<FeedSummary> summary = take_feed_frame(child.receive(), sink)) return *summary;
  }
}

}  // namespace scanner::feeds
