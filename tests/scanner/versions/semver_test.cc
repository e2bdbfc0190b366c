#include <gtest/gtest.h>

#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

struct Row {
  const char* left;
  const char* sign;
  const char* right;
};

class SemverRows : public testing::TestWithParam<Row> {};

TEST_P(SemverRows, Holds) {
  const auto [left, sign, right] = GetParam();
  const auto answer = semver_order().compare(left, right);
  ASSERT_TRUE(answer.has_value()) << left << " and " << right;
  EXPECT_STREQ(*answer < 0 ? "<" : *answer > 0 ? ">" : "=", sign) << left << " and " << right;
}

INSTANTIATE_TEST_SUITE_P(Rules, SemverRows,
                         testing::Values(Row{"1.0.0-alpha", "<", "1.0.0-alpha.1"}, Row{"1.0.0-alpha.1", "<", "1.0.0-alpha.beta"},
                                         Row{"1.0.0-2", "<", "1.0.0-10"}, Row{"1.0.0-10", "<", "1.0.0-a"}, Row{"1.0.0-rc.1", "<", "1.0.0"},
                                         Row{"1.0.0+a", "=", "1.0.0+b"}, Row{"v1.0.0", "=", "1.0.0"}, Row{"=1.0.0", "=", "1.0.0"},
                                         Row{"1.2", "=", "1.2.0"}, Row{"1", "=", "1.0.0"}, Row{"1.2.3beta", "=", "1.2.3-beta"},
                                         Row{"4.17.20", "<", "4.17.21"}, Row{"1.0.0-a-b", ">", "1.0.0-a"},
                                         Row{"1.0.0.alpha.beta", "=", "1.0.0-alpha-beta"}));

TEST(SemverOrder, TellsWhatItCanRead) {
  for (const char* version : {"1.2.3", "v1.2.3", "1.2.3-a.b-c.4+x.y", "0.1", "0", "1.2.3rc1", "1.0.0.rc1"}) {
    EXPECT_TRUE(semver_order().readable(version)) << version;
  }
  for (const char* version : {"", "v", "a", "1.2.3.4", "1.2.3-", "1.2.3-a..b", "1.2.3-.a", "1.2.3-a.", "1.2.3-a_b", "latest", "1.x", "^1.0.0"}) {
    EXPECT_FALSE(semver_order().readable(version)) << version;
  }
}

}  // namespace
}  // namespace scanner::versions
