// What feeds said, remembered: a database is built anew from what changed, and from memory for the rest.
#pragma once

#include <string>

#include "scanner/advisories/feed_pairs.h"

namespace scanner::feeds {

// One file for each source, named by its format and path, with the digest of the feed's bytes and of this program in
// it: another content, or another version of its reader, is read again. A file is damaged or cut: the feed is read
// again. What nobody asked for in a week goes when something is written;
// other files in the directory are left alone. What is in the directory goes into databases that are signed: it must be its owner's alone
// (prepare_cache_directory() of scanner/scan_cache.h sees to that). Several programs may use one directory at once.
class FeedCache {
 public:
  // `read` is asked for what is not remembered. The directory exists.
  FeedCache(std::string directory, advisories::ReadFeed read);

  // An advisories::ReadFeed. Throws what `read` throws, and base::ConfigError when the directory cannot be written.
  [[nodiscard]] advisories::FeedSummary operator()(const advisories::BuildSource& source,
                                                   const advisories::PairSink& sink) const;

 private:
  [[nodiscard]] std::string path_of(const advisories::BuildSource& source) const;

  std::string directory_;
  advisories::ReadFeed read_;
  std::string program_;  // its digest
};

}  // namespace scanner::feeds
