#include <gtest/gtest.h>

#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

struct Row {
  const char* left;
  const char* sign;
  const char* right;
};

class Pep440Rows : public testing::TestWithParam<Row> {};

TEST_P(Pep440Rows, Holds) {
  const auto [left, sign, right] = GetParam();
  const auto answer = pep440_order().compare(left, right);
  ASSERT_TRUE(answer.has_value()) << left << " and " << right;
  EXPECT_STREQ(*answer < 0 ? "<" : *answer > 0 ? ">" : "=", sign) << left << " and " << right;
}

INSTANTIATE_TEST_SUITE_P(Rules, Pep440Rows,
                         testing::Values(Row{"1.0", "=", "1"}, Row{"1.0", "=", "v1.0.0"}, Row{"1.0.dev1", "<", "1.0a1"}, Row{"1.0a1.dev1", "<", "1.0a1"},
                                         Row{"1.0rc1", "=", "1.0-c.1"}, Row{"1.0rc1", "<", "1.0"}, Row{"1.0", "<", "1.0.post0"},
                                         Row{"1.0.post1.dev1", "<", "1.0.post1"}, Row{"1.0-1", "=", "1.0.post1"},
                                         Row{"1!0.1", ">", "99"}, Row{"1.0+local", ">", "1.0"}, Row{"1.0+1", ">", "1.0+a"},
                                         Row{"1.0+A.1", "=", "1.0+a-1"}, Row{"1.0ALPHA", "=", "1.0a0"}, Row{"1.10", ">", "1.9"},
                                         Row{" 1.0 ", "=", "1.0"}, Row{"1.0a1.post1", ">", "1.0a1"}));

TEST(Pep440Order, TellsWhatItCanRead) {
  for (const char* version : {"1", "1.0", "1!2.3.4a5.post6.dev7+l.o-c", "2022.12.07", "1.0-r4", "1.0_rc_1", "V1"}) {
    EXPECT_TRUE(pep440_order().readable(version)) << version;
  }
  for (const char* version : {"", "a", "1.", "1..0", "1.0-bulbasaur", "1.0+", "1.0+a..b", "1.0+a.", "1.0a1b1", "2013-01-23", "!1", "1!", "trunk"}) {
    EXPECT_FALSE(pep440_order().readable(version)) << version;
  }
}

}  // namespace
}  // namespace scanner::versions
