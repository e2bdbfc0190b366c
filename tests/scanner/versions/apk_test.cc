#include <gtest/gtest.h>

#include "scanner/versions/version_order.h"

namespace scanner::versions {
namespace {

struct Row {
  const char* left;
  const char* sign;
  const char* right;
};

class ApkRows : public testing::TestWithParam<Row> {};

TEST_P(ApkRows, Holds) {
  const auto [left, sign, right] = GetParam();
  const auto answer = apk_order().compare(left, right);
  ASSERT_TRUE(answer.has_value()) << left << " and " << right;
  EXPECT_STREQ(*answer < 0 ? "<" : *answer > 0 ? ">" : "=", sign) << left << " and " << right;
}

INSTANTIATE_TEST_SUITE_P(Rules, ApkRows,
                         testing::Values(Row{"1.2", "<", "1.2.0"}, Row{"1.2_rc1", "<", "1.2"}, Row{"1.2_p1", ">", "1.2"}, Row{"1.2-r0", ">", "1.2"},
                                      Row{"1.2-r2", "<", "1.2-r10"}, Row{"1.2a", ">", "1.2"}, Row{"1.2.1", ">", "1.2a"},
                                      Row{"1.05", "<", "1.1"}, Row{"01.5", "=", "1.5"}, Row{"1.2_alpha", "<", "1.2_beta"},
                                      Row{"1.2_pre9", "<", "1.2_rc1"}, Row{"1.2_git20240101", "<", "1.2_git20240102"},
                                      Row{"1.2_rc1_p1", ">", "1.2_rc1"}, Row{"1.2_alpha_pre2", "<", "1.2_alpha"},
                                      Row{"1.2~abc-r0", "<", "1.2~abd-r0"}, Row{"3.1.4-r6", "=", "3.1.4-r6"}));

TEST(ApkOrder, TellsWhatItCanRead) {
  for (const char* version : {"1", "1.2.3-r0", "1.2a_p1-r3", "1.2_git20240101-r0", "1.2~0a1b-r1", "20240226-r0", "6.6.2p1", "1-r"}) {
    EXPECT_TRUE(apk_order().readable(version)) << version;
  }
  for (const char* version : {"", "a", ".1", "1..2", "1.", "1_blah", "1A", "1-1", "1-r1-r2", "1-ruff", "1.2~xyz", "1 2"}) {
    EXPECT_FALSE(apk_order().readable(version)) << version;
  }
}

}  // namespace
}  // namespace scanner::versions
