#include <gtest/gtest.h>

#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

struct Row {
  const char* left;
  const char* sign;
  const char* right;
};

class DebianRows : public testing::TestWithParam<Row> {};

TEST_P(DebianRows, Holds) {
  const auto [left, sign, right] = GetParam();
  const auto answer = debian_order().compare(left, right);
  ASSERT_TRUE(answer.has_value()) << left << " and " << right;
  EXPECT_STREQ(*answer < 0 ? "<" : *answer > 0 ? ">" : "=", sign) << left << " and " << right;
}

INSTANTIATE_TEST_SUITE_P(Rules, DebianRows,
                         testing::Values(Row{"1.0~rc1", "<", "1.0"}, Row{"1.0", "<", "1.0a"}, Row{"1.0a", "<", "1.0+"}, Row{"1.0~~", "<", "1.0~"},
                                         Row{"1:0.1", ">", "9.9"}, Row{"0:1", "=", "1"}, Row{"1-0", "=", "1"},
                                         Row{"1-1", ">", "1"}, Row{"1-1+b1", ">", "1-1"}, Row{"1-1+b1", "<", "1-1+deb12u1"},
                                         Row{"2-1-1", ">", "2-1"}, Row{"1.010", "=", "1.10"}, Row{"1:2:3-1", "<", "1:2:4-1"},
                                         Row{"5.36.0-7+deb12u1", ">", "5.36.0-7"}));

TEST(DebianOrder, TellsWhatItCanRead) {
  for (const char* version : {"1", "1:1", "0:1.0-1", "1.2+dfsg~rc1-3+b1", "1:2:3", "a1", "1-1-1", "2147483647:1"}) {
    EXPECT_TRUE(debian_order().readable(version)) << version;
  }
  for (const char* version : {"", ":1", "a:1", "1:", "1-", "-1", "1_2", "1 ", "1:1 2", "1-a:b", "2147483648:1", "1\n"}) {
    EXPECT_FALSE(debian_order().readable(version)) << version;
  }
}

}  // namespace
}  // namespace scanner::versions
