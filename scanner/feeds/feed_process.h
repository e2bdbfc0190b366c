// Feeds read by sandboxed children, one after the other: foreign bytes are parsed where nothing can be written, sent or
// signed, and what comes back is read as if an attacker had said it.
#pragma once

#include "scanner/advisories/feed_pairs.h"

namespace scanner::feeds {

// An advisories::ReadFeed. Its child is this program (feed_child.h), reads beside what takes the pairs, and may take an
// hour. Throws what the feed throws, worker::WorkerDied and worker::WorkerTimeout, base::ConfigError on a kernel that
// cannot confine it, base::ParseError for an answer that is none.
[[nodiscard]] advisories::FeedSummary read_feed_confined(const advisories::BuildSource& source,
                                                         const advisories::PairSink& sink);

}  // namespace scanner::feeds
