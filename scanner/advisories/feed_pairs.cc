#include "scanner/advisories/feed_pairs.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "scanner/advisories/advisory_codec.h"
#include "scanner/advisories/database_keys.h"
#include "scanner/advisories/limits.h"
#include "scanner/advisories/references.h"

namespace scanner::advisories {
namespace {

// The packages of a record come one after the other: its pages are told once.
class References {
 public:
  void hand_over(const PairSink& sink, const Advisory& advisory) {
    if (advisory.references.empty() || advisory.id == last_id_) return;
    last_id_ = advisory.id;
    sink.on_pair(reference_key(advisory.id), encode_list(advisory.references));
  }

 private:
  std::string last_id_;
};

void hand_over(const PairSink& sink, const Advisory& advisory) {
  sink.on_pair(advisory_key(advisory.ecosystem, advisory.package), encode_advisory(advisory));
  if (advisory.ratings.empty() || advisory.status == Status::kWithdrawn) return;
  const std::string ratings = encode_ratings(advisory.ratings);
  sink.on_pair(rating_key(advisory.id), ratings);
  for (const std::string& alias : advisory.aliases) sink.on_pair(rating_key(alias), ratings);
}

void check_references(std::string_view value) {
  const std::vector<std::string_view> references = decode_list(value);
  if (references.size() > kReferencesMax || !std::ranges::all_of(references, is_reference))
    throw base::ParseError("reading a feed: references that no record may have");
}

void check_value(char kind, std::string_view value) {
  switch (kind) {
    case kAdvisoryKind:
      static_cast<void>(decode_advisory(value));
      return;
    case kIssueKind:
    case kRatingKind:
      static_cast<void>(decode_ratings(value));
      return;
    case kReferenceKind:
      check_references(value);
      return;
    case kThreatKind:
      static_cast<void>(decode_threat(value));
      return;
    case kEcosystemKind:
      if (value.empty()) return;
      break;
    default:
      break;
  }
  throw base::ParseError("reading a feed: a pair that belongs to no database");
}

}  // namespace

FeedSummary read_feed_pairs(const BuildSource& source, const PairSink& sink) {
  const auto cover = [&](std::string_view ecosystem) { sink.on_pair(ecosystem_key(ecosystem), {}); };
  std::set<std::string> covered;
  References references;
  const FeedReader reader{
      .on_advisory =
          [&](const Advisory& advisory) {
            if (covered.insert(advisory.ecosystem).second) cover(advisory.ecosystem);
            hand_over(sink, advisory);
            references.hand_over(sink, advisory);
          },
      .on_ecosystem = cover,
      .on_threat = [&](std::string_view cve,
                       const Threat& threat) { sink.on_pair(threat_key(cve), encode_threat(threat)); },
      .on_ratings =
          [&](std::string_view cve, const std::vector<Rating>& ratings) {
            if (!ratings.empty()) sink.on_pair(issue_key(cve), encode_ratings(ratings));
          },
      .on_note = sink.on_note,
      .on_progress = sink.on_progress};
  return feed_of(source.format).read(source.path, reader);
}

void check_pair(std::string_view key, std::string_view value) {
  if (key.size() < 2 || key.size() > kDatabaseKeyBytesMax) {
    throw base::ParseError("reading a feed: a key that no database may have");
  }
  if (key.front() == kAdvisoryKind && key.find('\0') == std::string_view::npos) {
    throw base::ParseError("reading a feed: an advisory of no package");
  }
  check_value(key.front(), value);
}

}  // namespace scanner::advisories
