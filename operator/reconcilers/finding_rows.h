// The Finding rows of one namespace, computed from the reports of its images. Pure: time is a parameter.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "crds/finding.h"
#include "crds/label_selector.h"
#include "crds/report_rows.h"
#include "operator/reconcilers/left_out_findings.h"
#include "policy/facts.h"

namespace pratique_operator::reconcilers {

// One platform manifest that the namespace scans or runs.
struct NamespaceImage {
  std::string reference;  // normalised
  std::string digest;     // of the platform manifest
  std::vector<crds::FindingWorkload> workloads;
  std::shared_ptr<const std::vector<crds::ReportRow>> rows;
  // Of the pods that run it, for rules that are about some pods alone; empty: nobody runs it.
  std::vector<crds::Labels> labels = {};
  bool decides = true;  // false: admission knows nothing of these rows, so that no policy denies on them
};

// One whose report cannot be read. What is known of it stays as it is, in rows too.
struct UnreadableImage {
  std::string reference;  // normalised
  std::string digest;     // of the platform manifest
  std::string why;        // names the report
};

// Why a row does not count.
struct RowException {
  std::string title;                                         // "FindingException/name"
  crds::FindingState state = crds::FindingState::kExcepted;  // or kNotAffected
  std::string reason;
};

// What the namespace's exceptions and policies say of one row, as policies see it, of one image. Of one thread.
struct RowJudges {
  std::function<std::optional<RowException>(const policy::FindingFacts& row, const NamespaceImage& image)> exception_of;
  // The moment from which a policy denies on the row, for one that the namespace has seen since `first_seen`: the end
  // of the grace that ends first, the beginning of time where there is none; nullopt: no policy denies on it.
  std::function<std::optional<base::SystemTime>(const policy::FindingFacts& row, const NamespaceImage& image,
                                                base::SystemTime first_seen)>
      denied_from;
  std::optional<base::SystemTime> next_change;  // when the next exception ends
};

struct RowSettings {
  crds::Severity minimum_severity = crds::Severity::kMedium;
  std::size_t rows_max = 2000;
};

// What is remembered of a row that the API server has.
struct KnownRow {
  std::string resource_version;
  std::string content_hash;
  crds::FindingState state = crds::FindingState::kOpen;
  crds::Severity severity = crds::Severity::kUnknown;
  std::string first_seen;
  std::string resolved_at;
  std::string exception;                         // title of the exception that covers it; else empty
  std::vector<crds::FindingWorkload> workloads;  // of a covered row alone
  // Of those whose reports it stands in: hashes of the digests that it lists, and whether these are all.
  std::vector<std::size_t> images;
  bool lists_all_images = true;
};
[[nodiscard]] KnownRow known_row(const crds::Finding& finding);
using KnownRows = std::map<std::string, KnownRow>;  // by name

struct DesiredRows {
  std::vector<crds::Finding> rows;    // worst first; lastSeen is `now`, firstSeen that of the known row or `now`
  std::vector<std::string> left_out;  // names beyond rows_max
  std::vector<std::string> milder;    // names of known rows that are below the minimum severity now
  std::set<std::size_t> images;       // hashes of the digests of those whose reports the rows were made of
  LeftOutCounts left_out_of;
  std::optional<base::SystemTime> next_due;  // when the next grace ends
  std::vector<UnreadableImage> unreadable;   // of which `rows` say nothing
};

// Rows have no title yet: the advisory database knows it, and only what is written needs it. Known rows that may be
// about one of `unreadable` take their place among rows_max.
[[nodiscard]] DesiredRows desired_rows(const std::string& ns, const std::vector<NamespaceImage>& images,
                                       const KnownRows& known, const RowJudges& judges, const RowSettings& settings,
                                       base::SystemTime now, const std::vector<UnreadableImage>& unreadable = {});

struct RowChanges {
  std::vector<crds::Finding> write;  // new ones have no resourceVersion
  std::vector<std::string> fixed;    // names of rows whose last image has gone or was mended
  // Names of rows of which an image is here as it was: no advisory says it any more.
  std::vector<std::string> withdrawn;
  std::vector<std::string> remove;  // fixed or withdrawn long ago, left out, or too mild
  // When the next row that is fixed or withdrawn is to be removed; nullopt: there is none.
  std::optional<base::SystemTime> next_removal;
  std::vector<std::string> kept;  // names of rows that nobody wants but what cannot be read may
};

[[nodiscard]] RowChanges diff_rows(const DesiredRows& desired, const KnownRows& known, base::SystemTime now);

// Over all that a reader sees but lastSeen and the title, so that a row is written only when it says something new.
[[nodiscard]] std::string row_content_hash(const crds::Finding& finding);

}  // namespace pratique_operator::reconcilers
