#include "operator/reconcilers/finding_rows.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "base/digest.h"
#include "crds/object_names.h"

namespace pratique_operator::reconcilers {
namespace {

using crds::Finding;
using crds::FindingState;
using crds::ReportRow;

// A row takes at most about 2 KiB in etcd, managedFields included; counts beside the lists are exact.
constexpr std::size_t kImagesMax = 3;
constexpr std::size_t kWorkloadsMax = 3;
constexpr std::size_t kAliasesMax = 6;
constexpr std::size_t kRatingsMax = 2;
constexpr std::size_t kVersionsMax = 5;
constexpr std::chrono::hours kFixedKept{24};

void add_once(std::vector<std::string>& list, const std::string& value, std::size_t max) {
  if (!value.empty() && list.size() < max && std::ranges::find(list, value) == list.end()) {
    list.push_back(value);
  }
}

// A row that stands in one or many images: images of the same base share their lists of rows.
struct SharedRow {
  std::string name;  // of its Finding
  policy::FindingFacts facts;
};

struct RowPlace {
  const ReportRow* row;
  const SharedRow* shared;
  const NamespaceImage* image;
};

// All images that carry one vulnerability in one source package.
struct Gathered {
  std::vector<RowPlace> places;
  base::SystemTime first_seen;  // in the namespace
};

double epss_of(const ReportRow& row) {
  double value = 0;
  std::from_chars(row.epss.data(), row.epss.data() + row.epss.size(), value);
  return std::clamp(value, 0.0, 1.0);
}

// Smaller is worse, so that --sort-by shows the worst first.
std::int64_t rank_of(const ReportRow& row) {
  const std::int64_t severity = 4 - static_cast<std::int64_t>(row.severity);
  const std::int64_t likelihood = 9 - std::min<std::int64_t>(9, static_cast<std::int64_t>(epss_of(row) * 10));
  return severity * 1000 + (row.exploited() ? 0 : 100) + (row.fixed.empty() ? 10 : 0) + likelihood;
}

std::string remediation_of(const ReportRow& row) {
  if (row.id == crds::kDigestDriftId) {
    return "restart the pods to run what the tag means now, and write digests to rule it out";
  }
  const bool of_distribution = row.package_type == "deb" || row.package_type == "apk" || row.package_type == "rpm";
  if (row.fixed.empty()) {
    return "no fixed version is known";
  }
  const std::string upgrade = "upgrade " + row.package + " to " + row.fixed;
  return upgrade + (of_distribution ? ", or rebuild on a newer base image" : " in the image's dependencies");
}

void put_image(Finding& finding, const ReportRow& row, const NamespaceImage& image) {
  ++finding.spec.image_count;
  if (finding.spec.images.size() < kImagesMax) {
    finding.spec.images.push_back({.digest = image.digest, .reference = image.reference, .layer = row.layer});
  }
  add_once(finding.spec.installed_versions, row.installed, kVersionsMax);
  add_once(finding.spec.fixed_versions, row.fixed, kVersionsMax);
}

void put_workloads(Finding& finding, const Gathered& gathered) {
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (const auto& [row, shared, image] : gathered.places) {
    for (const crds::FindingWorkload& workload : image->workloads) {
      if (!seen.insert({workload.kind, workload.name, workload.container}).second) {
        continue;
      }
      ++finding.spec.workload_count;
      if (finding.spec.workloads.size() < kWorkloadsMax) {
        finding.spec.workloads.push_back(workload);
      }
    }
  }
}

void put_vulnerability(Finding& finding, const ReportRow& row) {
  crds::FindingSpec& spec = finding.spec;
  spec.vulnerability = {.id = row.id,
                        .aliases = {row.aliases.begin(), row.aliases.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                                   kAliasesMax, row.aliases.size()))},
                        .title = {},
                        .url = row.url,
                        .published = row.published};
  spec.package = {.name = row.package, .type = row.package_type, .purl = row.purls.empty() ? "" : row.purls.front()};
  spec.severity = row.severity;
  spec.severity_source = row.severity_source;
  for (const crds::RowRating& rating : row.ratings) {
    // A word without a vector that only repeats the row's severity says nothing new.
    const bool repeats = rating.vector.empty() && rating.severity == row.severity;
    if (!repeats && spec.ratings.size() < kRatingsMax) {
      spec.ratings.push_back({rating.source, rating.severity, rating.vector});
    }
  }
  if (!row.epss.empty()) {
    spec.epss = crds::Epss{.score = row.epss, .percentile = row.epss_percentile};
  }
  if (row.exploited()) {
    spec.exploited = crds::Exploited{.date_added = row.exploited_since, .ransomware = row.ransomware};
  }
  spec.remediation = remediation_of(row);
  spec.rank = rank_of(row);
}

void put_due(crds::FindingStatus& status, std::optional<base::SystemTime> denied_from, base::SystemTime now) {
  status.blocking = denied_from && *denied_from <= now;
  if (denied_from && *denied_from != base::SystemTime::min()) {
    status.due_by = base::format_rfc3339(*denied_from);
  }
}

std::optional<base::SystemTime> earlier(std::optional<base::SystemTime> one, std::optional<base::SystemTime> other) {
  return one && other ? std::min(one, other) : std::max(one, other);
}

// Excepted only when an exception covers it in every image of the namespace that has it.
void judge(Finding& finding, const Gathered& gathered, const RowJudges& judges, base::SystemTime now) {
  crds::FindingStatus& status = *finding.status;
  std::optional<RowException> first;
  std::optional<base::SystemTime> denied_from;
  bool excepted_everywhere = true;
  for (const auto& [row, shared, image] : gathered.places) {
    const std::optional<RowException> exception =
        judges.exception_of ? judges.exception_of(shared->facts, *image) : std::nullopt;
    excepted_everywhere = excepted_everywhere && exception.has_value();
    first = first ? first : exception;
    if (!exception && image->decides && judges.denied_from) {
      denied_from = earlier(denied_from, judges.denied_from(shared->facts, *image, gathered.first_seen));
    }
  }
  put_due(status, denied_from, now);
  if (excepted_everywhere && first) {
    status.state = first->state;
    status.exception = first->title;
    status.reason = first->reason;
  }
}

void label(Finding& finding) {
  const crds::FindingSpec& spec = finding.spec;
  // No managed-by label: nobody else writes this kind, and it would take 80 bytes of each row.
  finding.metadata.labels = {
      {std::string(crds::kSeverityLabel), std::string(crds::severity_name(spec.severity))},
      {std::string(crds::kFixableLabel), spec.fixed_versions.empty() ? "false" : "true"},
      {std::string(crds::kExploitedLabel), spec.exploited ? "true" : "false"},
      {std::string(crds::kStateLabel), std::string(crds::finding_state_name(finding.status->state))}};
}

Finding build_row(const std::string& ns, const std::string& name, const Gathered& gathered, const RowJudges& judges,
                  base::SystemTime now) {
  // The worst word that any of the images got on it.
  const auto worst = std::ranges::max_element(
      gathered.places, {}, [](const auto& place) { return std::pair(place.row->severity, place.row->exploited()); });
  Finding finding;
  finding.metadata.ns = ns;
  finding.metadata.name = name;
  put_vulnerability(finding, *worst->row);
  std::set<std::string_view> digests;
  for (const auto& [row, shared, image] : gathered.places) {
    if (digests.insert(image->digest).second) {
      put_image(finding, *row, *image);
    }
  }
  put_workloads(finding, gathered);
  finding.status = crds::FindingStatus{};
  finding.status->first_seen = base::format_rfc3339(gathered.first_seen);
  finding.status->last_seen = base::format_rfc3339(now);
  judge(finding, gathered, judges, now);
  label(finding);
  return finding;
}

std::set<std::string> digests_of(const Gathered& gathered) {
  std::set<std::string> digests;
  for (const auto& [row, shared, image] : gathered.places) {
    digests.insert(image->digest);
  }
  return digests;
}

bool is_wanted(const Gathered& gathered, const RowJudges& judges, crds::Severity minimum) {
  return std::ranges::any_of(gathered.places, [&](const auto& place) {
    const auto& [row, shared, image] = place;
    return row->severity >= minimum || row->exploited() ||
           (image->decides && judges.denied_from && judges.denied_from(shared->facts, *image, gathered.first_seen));
  });
}

SharedRow share(const ReportRow& row) {
  return {.name = crds::finding_name({.id = row.id, .package_type = row.package_type, .source_package = row.package}),
          .facts = policy::facts_of(row)};
}

// A row without a status was made by a writer that died in between; its first sight is now.
std::optional<base::SystemTime> first_seen_of(const KnownRows& known, const std::string& name) {
  const auto row = known.find(name);
  return row == known.end() ? std::nullopt : base::parse_rfc3339(row->second.first_seen);
}

std::size_t hash_of(const std::string& digest) {
  return std::hash<std::string>()(digest);
}

bool is_over(const KnownRow& row) {
  return row.state == FindingState::kFixed || row.state == FindingState::kWithdrawn;
}

// Whether the row may be about an image that nobody can read now. One that is over was about none when all could be
// read.
bool is_kept(const KnownRow& row, const std::vector<UnreadableImage>& unreadable) {
  if (unreadable.empty() || is_over(row)) return false;
  return !row.lists_all_images || std::ranges::any_of(unreadable, [&](const UnreadableImage& image) {
    return std::ranges::find(row.images, hash_of(image.digest)) != row.images.end();
  });
}

std::size_t count_kept(const KnownRows& known, const std::vector<Finding>& wanted,
                       const std::vector<UnreadableImage>& unreadable) {
  std::set<std::string_view> names;
  for (const Finding& finding : wanted) names.insert(finding.metadata.name);
  return static_cast<std::size_t>(std::ranges::count_if(
      known, [&](const auto& entry) { return is_kept(entry.second, unreadable) && !names.contains(entry.first); }));
}

}  // namespace

DesiredRows desired_rows(const std::string& ns, const std::vector<NamespaceImage>& images, const KnownRows& known,
                         const RowJudges& judges, const RowSettings& settings, base::SystemTime now,
                         const std::vector<UnreadableImage>& unreadable) {
  std::unordered_map<const ReportRow*, SharedRow> shared_rows;
  std::map<std::string, Gathered> gathered;
  DesiredRows desired;
  for (const NamespaceImage& image : images) {
    if (image.decides) desired.images.insert(hash_of(image.digest));
    for (const ReportRow& row : *image.rows) {
      const auto [place, is_new] = shared_rows.try_emplace(&row);
      if (is_new) place->second = share(row);
      gathered[place->second.name].places.push_back({&row, &place->second, &image});
    }
  }
  for (auto& [name, one] : gathered) {
    one.first_seen = first_seen_of(known, name).value_or(now);
    if (!is_wanted(one, judges, settings.minimum_severity)) {
      if (known.contains(name)) desired.milder.push_back(name);
      continue;
    }
    desired.rows.push_back(build_row(ns, name, one, judges, now));
    const std::optional<base::SystemTime> due = base::parse_rfc3339(desired.rows.back().status->due_by);
    desired.next_due = earlier(desired.next_due, due && *due > now ? due : std::nullopt);
  }
  std::ranges::stable_sort(desired.rows, {}, [](const Finding& finding) { return finding.spec.rank; });
  desired.unreadable = unreadable;
  const std::size_t kept = unreadable.empty() ? 0 : count_kept(known, desired.rows, unreadable);
  const std::size_t rows_max = settings.rows_max - std::min(kept, settings.rows_max);
  while (desired.rows.size() > rows_max) {
    const std::string name = desired.rows.back().metadata.name;
    for (const std::string& digest : digests_of(gathered.at(name))) {
      ++desired.left_out_of[digest];
    }
    desired.left_out.push_back(name);
    desired.rows.pop_back();
  }
  return desired;
}

std::string row_content_hash(const Finding& finding) {
  crds::FindingSpec spec = finding.spec;
  spec.vulnerability.title.clear();
  crds::FindingStatus status = finding.status.value_or(crds::FindingStatus{});
  status.last_seen.clear();
  status.observed_generation = 0;
  const nlohmann::json content = {{"spec", spec}, {"status", status}, {"labels", finding.metadata.labels}};
  return base::sha256_hex(content.dump()).substr(0, 32);
}

namespace {

std::vector<std::size_t> hashes_of(const std::vector<crds::FindingImage>& images) {
  std::vector<std::size_t> hashes;
  hashes.reserve(images.size());
  for (const crds::FindingImage& image : images) hashes.push_back(hash_of(image.digest));
  return hashes;
}

}  // namespace

KnownRow known_row(const Finding& finding) {
  const bool of_reports = finding.spec.vulnerability.id != crds::kDigestDriftId;
  const crds::FindingStatus status = finding.status.value_or(crds::FindingStatus{});
  return {.resource_version = finding.metadata.resource_version,
          .content_hash = row_content_hash(finding),
          .state = status.state,
          .severity = finding.spec.severity,
          .first_seen = status.first_seen,
          .resolved_at = status.resolved_at,
          .exception = status.exception,
          .workloads = status.exception.empty() ? std::vector<crds::FindingWorkload>() : finding.spec.workloads,
          .images = of_reports ? hashes_of(finding.spec.images) : std::vector<std::size_t>(),
          .lists_all_images =
              !of_reports || static_cast<std::size_t>(finding.spec.image_count) == finding.spec.images.size()};
}

RowChanges diff_rows(const DesiredRows& desired, const KnownRows& known, base::SystemTime now) {
  RowChanges changes;
  std::set<std::string> wanted;
  for (const Finding& row : desired.rows) {
    wanted.insert(row.metadata.name);
    Finding next = row;
    const auto found = known.find(row.metadata.name);
    // Without the image that cannot be read it would say less than is known.
    if (found != known.end() && is_kept(found->second, desired.unreadable)) {
      continue;
    }
    if (found != known.end()) {
      next.metadata.resource_version = found->second.resource_version;
    }
    if (found == known.end() || row_content_hash(next) != found->second.content_hash) {
      changes.write.push_back(std::move(next));
    }
  }
  std::set<std::string> left_out(desired.left_out.begin(), desired.left_out.end());
  left_out.insert(desired.milder.begin(), desired.milder.end());
  for (const auto& [name, row] : known) {
    if (wanted.contains(name)) {
      continue;
    }
    if (is_kept(row, desired.unreadable)) {
      changes.kept.push_back(name);
      continue;
    }
    const base::SystemTime removal =
        (is_over(row) ? base::parse_rfc3339(row.resolved_at).value_or(now) : now) + kFixedKept;
    if (left_out.contains(name) || removal <= now) {
      changes.remove.push_back(name);
      continue;
    }
    if (!is_over(row)) {
      const bool is_here =
          std::ranges::any_of(row.images, [&](std::size_t image) { return desired.images.contains(image); });
      (is_here ? changes.withdrawn : changes.fixed).push_back(name);
    }
    changes.next_removal = earlier(changes.next_removal, removal);
  }
  return changes;
}

}  // namespace pratique_operator::reconcilers
