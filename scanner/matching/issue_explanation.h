// Why an issue is told of an image or is not: what each record about it says of each package. Pure but for the
// database's reads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/advisories/database.h"
#include "scanner/report.h"

namespace scanner::matching {

enum class RecordVerdict : std::uint8_t {
  kAffected,      // the version lies in what the record calls affected
  kSilenced,      // it does, and another record calls the package not affected
  kOutside,       // the version lies outside
  kNotAffected,   // the record says that the package never has it
  kWithdrawn,     // the record was taken back
  kOtherStream,   // the record is about another stream of a module
  kIncomparable,  // the installed version is none of its ecosystem
};
[[nodiscard]] std::string_view verdict_name(RecordVerdict verdict);  // "Affected", "NotAffected", ...

// One record about the issue and one package of the image.
struct RecordExplanation {
  std::string ecosystem;
  std::string package;
  std::string installed;
  advisories::Advisory record;
  RecordVerdict verdict = RecordVerdict::kOutside;
};

struct IssueExplanation {
  std::vector<RecordExplanation> records;  // by ecosystem and package
  std::vector<ScanWarning> not_looked_up;  // packages of which nobody can say
};

// `id` is any of the issue's names. Of records that do not have it those are there that keep one that has it from being
// told, by another name of the issue.
[[nodiscard]] IssueExplanation explain_issue(const Inventory& inventory, const advisories::Database& database,
                                             std::string_view id);

// For a person: "affected: before 3.0.9-1".
[[nodiscard]] std::string verdict_words(const RecordExplanation& explanation);

}  // namespace scanner::matching
