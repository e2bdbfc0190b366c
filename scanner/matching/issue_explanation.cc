#include "scanner/matching/issue_explanation.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/intervals.h"
#include "scanner/matching/deciding_records.h"
#include "scanner/matching/lookup.h"
#include "scanner/matching/module_streams.h"
#include "scanner/matching/package_matcher.h"
#include "scanner/matching/record_names.h"

namespace scanner::matching {

namespace {

using advisories::Advisory;
using advisories::Status;

constexpr std::array<std::string_view, 7> kVerdicts{"Affected",  "Silenced",    "Outside",     "NotAffected",
                                                    "Withdrawn", "OtherStream", "Incomparable"};

bool names(const Advisory& record, std::string_view id) {
  return record.id == id || std::ranges::find(record.aliases, id) != record.aliases.end();
}

RecordVerdict verdict_of(const Advisory& record, const Subject& subject, const versions::VersionOrder& order) {
  if (!is_about_stream(record, {.version = subject.version, .module = subject.module}))
    return RecordVerdict::kOtherStream;
  if (record.status == Status::kWithdrawn) return RecordVerdict::kWithdrawn;
  if (record.status == Status::kNotAffected) return RecordVerdict::kNotAffected;
  if (!order.readable(subject.version)) {
    return advisories::record_lists(record, subject.version) ? RecordVerdict::kAffected : RecordVerdict::kIncomparable;
  }
  return advisories::record_holds(record, subject.version, order) ? RecordVerdict::kAffected : RecordVerdict::kOutside;
}

// All that the database has about a package, and what the matcher makes of it.
struct PackageRecords {
  const Subject& subject;
  const versions::VersionOrder& order;
  std::vector<Advisory> records;

  [[nodiscard]] bool tells(std::string_view id) const {
    std::vector<Advisory> of_stream = records;
    std::erase_if(of_stream, [this](const Advisory& record) {
      return !is_about_stream(record, {.version = subject.version, .module = subject.module});
    });
    if (!order.readable(subject.version)) static_cast<void>(keep_listing(of_stream, subject.version));
    return std::ranges::any_of(match_package(of_stream, subject.version, order), [id](const PackageIssue& issue) {
      return issue.id == id || std::ranges::find(issue.aliases, id) != issue.aliases.end();
    });
  }

  // The id, and the names beside it in the records that have it: by any of them another record may clear the package.
  [[nodiscard]] std::set<std::string> all_names(std::string_view id) const {
    std::set<std::string> all;
    for (const Advisory& record : records) {
      if (names(record, id)) all.merge(names_of(record));
    }
    return all;
  }
};

// Whether a record that says so keeps others of the same issue from being told.
bool clears(const Advisory& record, RecordVerdict verdict, const Subject& subject) {
  return verdict == RecordVerdict::kNotAffected ||
         (verdict == RecordVerdict::kOutside && decides(record, subject.version));
}

std::vector<RecordExplanation> explain_package(const PackageRecords& about, std::string_view id) {
  const std::set<std::string> all_names = about.all_names(id);
  const auto shares_a_name = [&all_names](const Advisory& record) {
    return std::ranges::any_of(names_of(record), [&](const std::string& name) { return all_names.contains(name); });
  };
  const bool is_told = about.tells(id);
  std::vector<RecordExplanation> explanations;
  bool is_silenced = false;
  const auto explain = [&](const Advisory& record, RecordVerdict verdict) {
    explanations.push_back({.ecosystem = record.ecosystem,
                            .package = std::string(about.subject.name),
                            .installed = std::string(about.subject.version),
                            .record = record,
                            .verdict = verdict});
  };
  for (const Advisory& record : about.records) {
    if (!names(record, id)) continue;
    RecordVerdict verdict = verdict_of(record, about.subject, about.order);
    if (verdict == RecordVerdict::kAffected && !is_told) verdict = RecordVerdict::kSilenced;
    is_silenced = is_silenced || verdict == RecordVerdict::kSilenced;
    explain(record, verdict);
  }
  if (!is_silenced) return explanations;
  for (const Advisory& record : about.records) {
    if (names(record, id) || !shares_a_name(record)) continue;
    const RecordVerdict verdict = verdict_of(record, about.subject, about.order);
    if (clears(record, verdict, about.subject)) explain(record, verdict);
  }
  return explanations;
}

// Each subject once, in the order of names.
void explain_packages(const Ecosystem& where, const std::vector<const Package*>& packages,
                      const advisories::Database& database, std::string_view id,
                      std::vector<RecordExplanation>& explanations) {
  std::set<Subject> subjects;
  for (const Package* package : packages) subjects.insert(subject_of(*package, where));
  for (const Subject& subject : subjects) {
    const PackageRecords about{
        .subject = subject, .order = *where.order, .records = records_about(subject, where.key, database)};
    std::ranges::move(explain_package(about, id), std::back_inserter(explanations));
  }
}

std::string interval_words(const advisories::Interval& interval) {
  std::string words = interval.introduced.empty() ? "" : fmt::format("from {} ", interval.introduced);
  if (!interval.fixed.empty()) return words + fmt::format("before {}", interval.fixed);
  if (!interval.last_affected.empty()) return words + fmt::format("up to {}", interval.last_affected);
  return words.empty() ? "every version, no fix known" : words + "on, no fix known";
}

std::string affected_words(const Advisory& record) {
  constexpr std::size_t kShown = 5;
  std::string words;
  for (std::size_t i = 0; i < record.intervals.size() && i < kShown; ++i) {
    words += (i == 0 ? "" : "; ") + interval_words(record.intervals[i]);
  }
  if (record.intervals.size() > kShown) words += fmt::format("; and {} more ranges", record.intervals.size() - kShown);
  if (!record.versions.empty()) {
    words += fmt::format("{}{} listed versions", words.empty() ? "" : "; ", record.versions.size());
  }
  if (words.empty()) return "no version";
  return record.justification.empty() ? words : fmt::format("{} (the vendor: {})", words, record.justification);
}

}  // namespace

std::string_view verdict_name(RecordVerdict verdict) {
  return kVerdicts.at(static_cast<std::size_t>(verdict));
}

IssueExplanation explain_issue(const Inventory& inventory, const advisories::Database& database, std::string_view id) {
  IssueExplanation explanation;
  for (const auto& [kind, packages] : packages_by_kind(inventory)) {
    for (const Ecosystem& where : ecosystems_of(*packages.front(), inventory.distribution, database)) {
      if (where.hindrance == Hindrance::kNone) {
        explain_packages(where, packages, database, id, explanation.records);
      } else {
        explanation.not_looked_up.push_back(
            hindrance_warning(where, *packages.front(), inventory.distribution, packages.size()));
      }
    }
  }
  return explanation;
}

std::string verdict_words(const RecordExplanation& explanation) {
  const Advisory& record = explanation.record;
  switch (explanation.verdict) {
    case RecordVerdict::kAffected:
      return "affected: " + affected_words(record);
    case RecordVerdict::kSilenced:
      return fmt::format("affected ({}), but another record says that the package is not: not told",
                         affected_words(record));
    case RecordVerdict::kOutside:
      return "not affected at this version: affected is " + affected_words(record);
    case RecordVerdict::kNotAffected:
      return fmt::format("the package is not affected{}{}", record.justification.empty() ? "" : ": ",
                         record.justification);
    case RecordVerdict::kWithdrawn:
      return "the record was withdrawn";
    case RecordVerdict::kOtherStream:
      return fmt::format("about another stream{}{}", record.module.empty() ? "" : ": ", record.module);
    case RecordVerdict::kIncomparable:
      return fmt::format("\"{}\" is no version that can be compared: nobody can say", explanation.installed);
  }
  return {};
}

}  // namespace scanner::matching
