#include "admission/row_pool.h"

#include <functional>

#include "base/error.h"

namespace admission {

std::size_t RowPool::Hash::operator()(const policy::FindingFacts& finding) const {
  const std::hash<std::string_view> hash;
  constexpr std::size_t kMultiplier = 1099511628211U;
  std::size_t value = hash(finding.id);
  for (const std::string* text : {&finding.package, &finding.installed, &finding.fixed}) {
    value = value * kMultiplier + hash(*text);
  }
  return value;
}

const policy::FindingFacts& RowPool::at(Row row) const {
  return (*chunks_[row / kChunkRows])[row % kChunkRows].finding;
}

RowPool::Row RowPool::free_row(Rows& rows) {
  if (!rows.free.empty()) {
    const Row row = rows.free.back();
    rows.free.pop_back();
    return row;
  }
  if (rows.made == kRowsMax) {
    throw base::Error("the reports of the cluster have more than " + std::to_string(kRowsMax) + " distinct findings");
  }
  std::unique_ptr<Chunk>& chunk = chunks_[rows.made / kChunkRows];
  if (!chunk) chunk = std::make_unique<Chunk>();
  return rows.made++;
}

RowPool::Row RowPool::acquire(const policy::FindingFacts& finding) {
  return rows_.with([&](Rows& rows) {
    const auto at = rows.known.find(finding);
    if (at != rows.known.end()) {
      ++shared(*at).users;
      return *at;
    }
    const Row row = free_row(rows);
    shared(row) = {.finding = finding, .users = 1};
    rows.known.insert(row);
    return row;
  });
}

void RowPool::release(std::span<const Row> released) {
  rows_.with([&](Rows& rows) {
    for (const Row row : released) {
      CHECK(row < rows.made && shared(row).users > 0);
      if (--shared(row).users > 0) continue;
      rows.known.erase(row);
      shared(row).finding = {};
      rows.free.push_back(row);
    }
  });
}

std::size_t RowPool::size() const {
  return rows_.with([](const Rows& rows) { return rows.known.size(); });
}

std::vector<const policy::FindingFacts*> HeldRows::findings() const {
  std::vector<const policy::FindingFacts*> findings;
  findings.reserve(rows_.size());
  for (const RowPool::Row row : rows_) findings.push_back(&pool_->at(row));
  return findings;
}

}  // namespace admission
