#include "scanner/matching/issue_explanation.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

#include "scanner/advisories/ecosystem.h"
#include "scanner/advisories/intervals.h"
#include "scanner/matching/deciding_records.h"
#include "scanner/matching/lookup.h"
#include "scanner/matching/module_streams.h"

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

// What the matcher does with records that contradict each other.
void silence(std::vector<RecordExplanation>& of_package) {
  const auto is_decided = [&](RecordVerdict verdict) {
    return std::ranges::any_of(of_package, [verdict](const RecordExplanation& one) {
      return one.verdict == verdict && decides(one.record, one.installed);
    });
  };
  const bool is_cleared =
      std::ranges::any_of(of_package,
                          [](const RecordExplanation& one) { return one.verdict == RecordVerdict::kNotAffected; }) ||
      (is_decided(RecordVerdict::kOutside) && !is_decided(RecordVerdict::kAffected));
  for (RecordExplanation& one : of_package) {
    if (is_cleared && one.verdict == RecordVerdict::kAffected) one.verdict = RecordVerdict::kSilenced;
  }
}

// Each subject once, in the order of names.
void explain_packages(const Ecosystem& where, const std::vector<const Package*>& packages,
                      const advisories::Database& database, std::string_view id,
                      std::vector<RecordExplanation>& explanations) {
  std::set<Subject> subjects;
  for (const Package* package : packages) subjects.insert(subject_of(*package, where));
  for (const Subject& subject : subjects) {
    std::vector<RecordExplanation> of_package;
    for (Advisory& record : records_about(subject, where.key, database)) {
      if (!names(record, id)) continue;
      const RecordVerdict verdict = verdict_of(record, subject, *where.order);
      of_package.push_back({.ecosystem = record.ecosystem,
                            .package = std::string(subject.name),
                            .installed = std::string(subject.version),
                            .record = std::move(record),
                            .verdict = verdict});
    }
    silence(of_package);
    std::ranges::move(of_package, std::back_inserter(explanations));
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
