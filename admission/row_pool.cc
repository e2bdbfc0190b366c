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

const policy::FindingFacts* RowPool::acquire(policy::FindingFacts finding) {
  return rows_.with([&](Rows& rows) {
    const auto at = rows.try_emplace(std::move(finding), 0).first;
    ++at->second;
    return &at->first;
  });
}

void RowPool::release(std::span<const policy::FindingFacts* const> findings) {
  rows_.with([&](Rows& rows) {
    for (const policy::FindingFacts* finding : findings) {
      const auto at = rows.find(*finding);
      CHECK(at != rows.end() && at->second > 0);
      if (--at->second == 0) rows.erase(at);
    }
  });
}

std::size_t RowPool::size() const {
  return rows_.with([](const Rows& rows) { return rows.size(); });
}

}  // namespace admission
