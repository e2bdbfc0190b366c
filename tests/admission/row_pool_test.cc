#include "admission/row_pool.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace admission {
namespace {

policy::FindingFacts finding(const std::string& id) {
  policy::FindingFacts facts;
  facts.id = id;
  facts.package = "openssl";
  return facts;
}

TEST(RowPool, KeepsEqualFindingsOnce) {
  RowPool pool;
  const RowPool::Row first = pool.acquire(finding("CVE-1"));
  EXPECT_EQ(pool.acquire(finding("CVE-1")), first);
  EXPECT_NE(pool.acquire(finding("CVE-2")), first);
  EXPECT_EQ(pool.size(), 2U);
  EXPECT_EQ(pool.at(first), finding("CVE-1"));
}

TEST(RowPool, TellsFindingsApartThatDifferInAnything) {
  RowPool pool;
  policy::FindingFacts exploited = finding("CVE-1");
  exploited.exploited = true;
  EXPECT_NE(pool.acquire(finding("CVE-1")), pool.acquire(exploited));
}

TEST(RowPool, ForgetsAFindingWithItsLastUser) {
  RowPool pool;
  const RowPool::Row first = pool.acquire(finding("CVE-1"));
  const RowPool::Row second = pool.acquire(finding("CVE-1"));
  pool.release({&first, 1});
  EXPECT_EQ(pool.size(), 1U);
  pool.release({&second, 1});
  EXPECT_EQ(pool.size(), 0U);
}

// Rows are handed out again, and a finding never moves while others come and go.
TEST(RowPool, HoldsThousandsAndUsesTheirRowsAgain) {
  constexpr int kCount = 5000;
  RowPool pool;
  std::vector<RowPool::Row> rows;
  for (int i = 0; i < kCount; ++i) rows.push_back(pool.acquire(finding("CVE-" + std::to_string(i))));
  const policy::FindingFacts* last = &pool.at(rows.back());
  pool.release(std::span(rows).first(kCount - 1));
  EXPECT_EQ(pool.size(), 1U);
  std::set<RowPool::Row> again;
  for (int i = 0; i < kCount - 1; ++i) again.insert(pool.acquire(finding("GHSA-" + std::to_string(i))));
  EXPECT_EQ(again.size(), rows.size() - 1);
  EXPECT_LT(*again.rbegin(), rows.size());
  EXPECT_FALSE(again.contains(rows.back()));
  EXPECT_EQ(&pool.at(rows.back()), last);
  EXPECT_EQ(last->id, "CVE-4999");
}

}  // namespace
}  // namespace admission
