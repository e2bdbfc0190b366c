// The advisory database that is active now, and the matching with it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "crds/finding.h"
#include "operator/reconcilers/report_building.h"
#include "scanner/matching/matcher.h"

namespace pratique_operator::reconcilers {

// Every distinct package is matched once for as long as a database is active. Thread-safe; matches are made one at a
// time, which costs microseconds a package.
class AdvisoryMatching {
 public:
  // From `now` on this database counts; null: none.
  void replace(std::shared_ptr<const scanner::advisories::Database> database, base::SteadyTime now = {});
  // Nullopt without a database: the inventory counts as not scanned.
  [[nodiscard]] std::optional<Matched> match(const scanner::Inventory& inventory);
  // Only what match() would say of generation and fingerprint, which costs a third.
  [[nodiscard]] std::optional<Matched> fingerprint(const scanner::Inventory& inventory);
  [[nodiscard]] std::optional<std::uint64_t> generation() const;
  // Since when the database counts.
  [[nodiscard]] base::SteadyTime active_since() const;
  // What the database calls the finding's vulnerability; empty where it has no word, or without a database.
  [[nodiscard]] std::string title_of(const crds::Finding& finding) const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t generation_ = 0;
  base::SteadyTime active_since_;
  std::shared_ptr<const scanner::advisories::Database> database_;  // null: none
  std::unique_ptr<scanner::matching::Matcher> matcher_;            // null: no database
};

}  // namespace pratique_operator::reconcilers
