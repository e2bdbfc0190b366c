// (Inventory, Database) -> vulnerabilities, and warnings of what could not be compared. Pure but for the database's
// reads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scanner/advisories/database.h"
#include "scanner/report.h"

namespace scanner::matching {

// One vulnerability in one package of one image: the row of report rows v1, docs/formats/report-rows.md.
struct Vulnerability {
  std::string id;                    // the CVE where there is one, else the feed's id
  std::vector<std::string> aliases;  // every other name; sorted
  std::string package_type;
  std::string package;    // source package for deb and apk
  std::string installed;  // the version that was compared
  std::string fixed;      // lowest version that fixes it; empty: no fix known
  std::string without_fix =
      {};  // the vendor's word why there is none: "Will not fix"; empty: not told. No part of rows
  std::string fix_date;
  std::string published;
  advisories::Severity severity = advisories::Severity::kUnknown;
  std::string severity_source;
  std::vector<advisories::Rating> ratings;
  std::string title;
  std::string url;
  std::vector<std::string> references{};  // pages; filled by look_up_references() alone. No part of rows
  std::vector<std::string> purls;         // of the binary packages that carry it; sorted
  std::string layer;                      // of the first of them
  std::string path;
  advisories::Threat threat{};
  [[nodiscard]] bool exploited() const { return !threat.exploited_since.empty(); }
  bool operator==(const Vulnerability&) const = default;
};

struct MatchResult {
  std::vector<Vulnerability> vulnerabilities;  // worst first, then by id and package
  std::vector<ScanWarning> warnings;           // an ecosystem that no source covers, a version that cannot be compared
};

// Matches inventories against one database, each distinct package once: answers are remembered for the matcher's life.
// Not thread-safe.
class Matcher {
 public:
  explicit Matcher(std::shared_ptr<const advisories::Database> database);
  ~Matcher();
  [[nodiscard]] MatchResult match(const Inventory& inventory);
  // A hash of what match() answers for this inventory, without making its rows. The same answer has the same
  // fingerprint whatever the database: after a new one, only images whose fingerprint changed need match(). It is kept
  // in reports: kRowsVersion is part of it.
  [[nodiscard]] std::string fingerprint(const Inventory& inventory);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Database key of a package's ecosystem in an image of this distribution ("deb:debian:12"); empty when the distribution
// is not known to us.
[[nodiscard]] std::string ecosystem_of(const Package& package, const Distribution& distribution);

}  // namespace scanner::matching
