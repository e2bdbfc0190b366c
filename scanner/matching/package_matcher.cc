#include "scanner/matching/package_matcher.h"

#include <algorithm>
#include <map>
#include <set>

#include "scanner/advisories/intervals.h"
#include "scanner/matching/deciding_records.h"
#include "scanner/matching/issue_links.h"
#include "scanner/matching/record_names.h"

namespace scanner::matching {

namespace {

using advisories::Advisory;
using advisories::Interval;
using advisories::Status;
using Records = std::vector<const Advisory*>;
using Names = std::set<std::string>;

bool is_cve(const std::string& id) {
  return id.starts_with("CVE-");
}

bool share_a_name(const Names& left, const Names& right) {
  return std::ranges::any_of(left, [&](const std::string& name) { return right.contains(name); });
}

// The records that tell one issue that has no CVE: records are of one issue when a chain of names joins them.
struct NamelessIssue {
  Names names;
  Records records;
};

void join(std::vector<NamelessIssue>& issues, const Advisory& record) {
  NamelessIssue joined{.names = names_of(record), .records = {&record}};
  for (NamelessIssue& issue : issues) {
    if (!share_a_name(issue.names, joined.names)) continue;
    joined.names.merge(issue.names);
    joined.records.insert(joined.records.end(), issue.records.begin(), issue.records.end());
    issue = {};
  }
  std::erase_if(issues, [](const NamelessIssue& issue) { return issue.records.empty(); });
  issues.push_back(std::move(joined));
}

// Which records tell which issue, by the issue's primary name. A record that names several CVEs (a vendor's notice)
// tells each of them, so that an exception for one does not silence another. Records without a CVE join those that
// share a name.
std::map<std::string, Records> group_by_issue(const Records& records) {
  std::map<std::string, Records> issues;
  std::map<std::string, Names> cves_of_name;
  for (const Advisory* record : records) {
    const Names names = names_of(*record);
    for (const std::string& cve : names) {
      if (!is_cve(cve)) continue;
      issues[cve].push_back(record);
      for (const std::string& name : names) cves_of_name[name].insert(cve);
    }
  }
  std::vector<NamelessIssue> nameless;
  for (const Advisory* record : records) {
    const Names names = names_of(*record);
    if (std::ranges::any_of(names, is_cve)) continue;
    Names cves;
    for (const std::string& name : names) cves.merge(Names(cves_of_name[name]));
    for (const std::string& cve : cves) issues[cve].push_back(record);
    if (cves.empty()) join(nameless, *record);
  }
  for (const NamelessIssue& issue : nameless) issues[*issue.names.begin()] = issue.records;
  return issues;
}

// A version that a record of an ecosystem names.
struct Fix {
  std::string_view ecosystem;
  std::string_view version;
};

// Several branches may each have their own fix; the one wanted is the lowest above the installed version that no record
// of the issue calls affected. What the records of a key name is judged by those alone.
std::string lowest_fix(const Records& records, std::string_view version, const versions::VersionOrder& order) {
  std::vector<Fix> candidates;
  for (const Advisory* record : records) {
    for (const Interval& interval : record->intervals) {
      const auto compared = order.compare(interval.fixed, version);
      if (compared && *compared > 0) candidates.push_back({.ecosystem = record->ecosystem, .version = interval.fixed});
    }
  }
  std::ranges::sort(candidates, [&](const Fix& left, const Fix& right) {
    return order.compare(left.version, right.version) == std::strong_ordering::less;
  });
  for (const Fix& candidate : candidates) {
    const bool affected = std::ranges::any_of(records, [&](const Advisory* record) {
      return record->ecosystem == candidate.ecosystem && advisories::record_holds(*record, candidate.version, order);
    });
    if (!affected) return std::string(candidate.version);
  }
  return {};
}

// The earlier of two RFC 3339 dates of one zone; empty is "not known".
void keep_earlier(std::string& date, const std::string& other) {
  if (!other.empty() && (date.empty() || other < date)) date = other;
}

// Whether the record's fix is this one. A record of an earlier fix tells another day.
bool names_fix(const Advisory& record, const std::string& fixed) {
  return !fixed.empty() && std::ranges::find(record.intervals, fixed, &Interval::fixed) != record.intervals.end();
}

PackageIssue issue_of(const std::string& id, const Records& records, std::string_view version,
                      const versions::VersionOrder& order) {
  PackageIssue issue{.id = id,
                     .aliases = {},
                     .fixed = lowest_fix(records, version, order),
                     .without_fix = {},
                     .fix_date = {},
                     .published = {},
                     .title = {},
                     .url = {},
                     .ratings = {}};
  Names aliases;
  for (const Advisory* record : records) {
    for (const std::string& name : names_of(*record)) {
      if (!is_cve(name) && name != id) aliases.insert(name);
    }
    if (issue.title.empty()) issue.title = record->title;
    if (issue.url.empty()) issue.url = record->url;
    keep_earlier(issue.published, record->published);
    if (names_fix(*record, issue.fixed)) keep_earlier(issue.fix_date, record->fix_date);
    if (issue.fixed.empty() && issue.without_fix.empty()) issue.without_fix = record->justification;
    for (const advisories::Rating& rating : record->ratings) {
      if (std::ranges::find(issue.ratings, rating) == issue.ratings.end()) issue.ratings.push_back(rating);
    }
  }
  issue.aliases.assign(aliases.begin(), aliases.end());
  if (issue.url.empty()) issue.url = issue_url(records.front()->ecosystem, id);
  return issue;
}

}  // namespace

bool keep_listing(std::vector<Advisory>& records, std::string_view version) {
  const std::size_t dropped = std::erase_if(records, [version](const Advisory& record) {
    return record.status == Status::kAffected && !advisories::record_lists(record, version);
  });
  for (Advisory& record : records) record.intervals.clear();
  return dropped == 0;
}

std::vector<PackageIssue> match_package(const std::vector<Advisory>& records, std::string_view version,
                                        const versions::VersionOrder& order) {
  Records holding;
  Names not_affected = decided_as_mended(records, version, order);
  for (const Advisory& record : records) {
    if (record.status == Status::kNotAffected) not_affected.merge(names_of(record));
    if (record.status == Status::kAffected && advisories::record_holds(record, version, order))
      holding.push_back(&record);
  }
  std::vector<PackageIssue> issues;
  if (holding.empty()) return issues;
  for (const auto& [id, told_by] : group_by_issue(holding)) {
    if (!not_affected.contains(id)) issues.push_back(issue_of(id, told_by, version, order));
  }
  return issues;
}

}  // namespace scanner::matching
