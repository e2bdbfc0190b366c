#include "scanner/advisories/feed.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/log.h"
#include "scanner/advisories/alpine_secdb_feed.h"
#include "scanner/advisories/arch_tracker_feed.h"
#include "scanner/advisories/csaf_vex_feed.h"
#include "scanner/advisories/cve_list_feed.h"
#include "scanner/advisories/debian_oval_feed.h"
#include "scanner/advisories/debian_tracker_feed.h"
#include "scanner/advisories/end_of_life_feed.h"
#include "scanner/advisories/epss_feed.h"
#include "scanner/advisories/kev_feed.h"
#include "scanner/advisories/nvd_feed.h"
#include "scanner/advisories/osv_feed.h"
#include "scanner/advisories/patch_oval_feed.h"
#include "scanner/advisories/updateinfo_feed.h"

namespace scanner::advisories {

namespace {

// Every format that can be read.
const std::vector<const Feed*>& all_feeds() {
  static const OsvFeed kOsv;
  static const AlpineSecdbFeed kAlpineSecdb;
  static const DebianTrackerFeed kDebianTracker;
  static const ArchTrackerFeed kArchTracker;
  static const DebianOvalFeed kDebianOval;
  static const PatchOvalFeed kPatchOval;
  static const UpdateinfoFeed kUpdateinfo;
  static const CsafVexFeed kCsafVex;
  static const NvdFeed kNvd;
  static const CveListFeed kCveList;
  static const EndOfLifeFeed kEndOfLife;
  static const KevFeed kKev;
  static const EpssFeed kEpss;
  static const std::vector<const Feed*> kFeeds{&kOsv,       &kAlpineSecdb, &kDebianTracker, &kArchTracker, &kDebianOval,
                                               &kPatchOval, &kUpdateinfo,  &kCsafVex,       &kNvd,         &kCveList,
                                               &kEndOfLife, &kKev,         &kEpss};
  return kFeeds;
}

}  // namespace

const Feed& feed_of(std::string_view format) {
  for (const Feed* feed : all_feeds()) {
    if (feed->format() == format) return *feed;
  }
  throw base::ConfigError(fmt::format("\"{}\" is not a feed format; use one of {}", base::escape_text(format),
                                      fmt::join(feed_formats(), ", ")));
}

std::vector<std::string_view> feed_formats() {
  std::vector<std::string_view> formats;
  for (const Feed* feed : all_feeds()) formats.push_back(feed->format());
  return formats;
}

}  // namespace scanner::advisories
