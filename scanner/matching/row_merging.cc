#include "scanner/matching/row_merging.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace scanner::matching {

namespace {

void add_all(std::vector<std::string>& values, const std::vector<std::string>& more) {
  values.insert(values.end(), more.begin(), more.end());
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
}

// The worse of two severities stays, so that a second feed never makes an issue milder.
void add_words(Vulnerability& kept, const Vulnerability& row) {
  if (kept.fixed.empty()) kept.fixed = row.fixed;
  if (!kept.fixed.empty()) kept.without_fix.clear();
  if (row.severity > kept.severity) {
    kept.severity = row.severity;
    kept.severity_source = row.severity_source;
  }
  add_ratings(kept.ratings, row.ratings);
  add_all(kept.aliases, row.aliases);
}

// Rows that are kept, and where: of one issue by what they are about, and by each package that carries it.
class KeptRows {
 public:
  void add(Vulnerability row) {
    if (const auto same = by_subject_.find(subject_of(row)); same != by_subject_.end()) {
      Vulnerability& kept = rows_[same->second];
      add_words(kept, row);
      add_all(kept.purls, row.purls);
      remember_purls(row, same->second);
      return;
    }
    take_told(row);
    if (row.purls.empty()) return;
    by_subject_.emplace(subject_of(row), rows_.size());
    remember_purls(row, rows_.size());
    rows_.push_back(std::move(row));
  }

  [[nodiscard]] std::vector<Vulnerability> take() { return std::move(rows_); }

 private:
  using Subject = std::tuple<std::string, std::string, std::string, std::string>;

  static Subject subject_of(const Vulnerability& row) { return {row.id, row.package_type, row.package, row.installed}; }

  // What the row says of packages of which its issue is told already goes to those rows, and the packages from it.
  void take_told(Vulnerability& row) {
    std::erase_if(row.purls, [&](const std::string& purl) {
      const auto told = by_purl_.find({row.id, purl});
      if (told == by_purl_.end()) return false;
      add_words(rows_[told->second], row);
      return true;
    });
  }

  void remember_purls(const Vulnerability& row, std::size_t place) {
    for (const std::string& purl : row.purls) by_purl_.emplace(std::pair(row.id, purl), place);
  }

  std::vector<Vulnerability> rows_;
  std::map<Subject, std::size_t> by_subject_;
  std::map<std::pair<std::string, std::string>, std::size_t> by_purl_;  // id and purl
};

}  // namespace

void merge_rows(std::vector<Vulnerability>& rows) {
  KeptRows kept;
  for (Vulnerability& row : rows) kept.add(std::move(row));
  rows = kept.take();
}

void add_ratings(std::vector<advisories::Rating>& ratings, std::vector<advisories::Rating> more) {
  for (advisories::Rating& rating : more) {
    if (std::ranges::find(ratings, rating) == ratings.end()) ratings.push_back(std::move(rating));
  }
  std::ranges::stable_partition(ratings, [](const advisories::Rating& rating) { return rating.vector.empty(); });
}

}  // namespace scanner::matching
