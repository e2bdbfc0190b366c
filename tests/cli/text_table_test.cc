#include "cli/text_table.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

TEST(TextTable, ColumnsAreAsWideAsTheyMustBe) {
  EXPECT_EQ(write_text_table({{"A", 10}, {"BBB", 10}, {"C", 50}}, {{"1", "2", "3"}, {"11111", "", "33"}}, 100),
            "A      BBB  C\n"
            "1      2    3\n"
            "11111       33\n");
}

TEST(TextTable, WhatDoesNotFitIsCut) {
  EXPECT_EQ(write_text_table({{"A", 6}, {"B", 50}}, {{"1234567", std::string(50, 'x')}}, 30),
            "A       B\n"
            "123...  " +
                std::string(19, 'x') + "...\n");
}

TEST(TextTable, TheLastColumnGoesWhenThereIsNoRoom) {
  EXPECT_EQ(write_text_table({{"A", 20}, {"B", 50}}, {{std::string(20, 'a'), "title"}}, 30),
            "A\n" + std::string(20, 'a') + "\n");
}

TEST(TextTable, CountsCharactersAndNotBytes) {
  EXPECT_EQ(write_text_table({{"A", 4}, {"B", 9}}, {{"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "x"}}, 100),
            "A     B\n\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9  x\n");
  EXPECT_EQ(write_text_table({{"A", 4}, {"B", 9}}, {{"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "x"}}, 100),
            "A     B\n\xc3\xa9...  x\n");
}

TEST(TextTable, CellsAreEscaped) {
  EXPECT_EQ(write_text_table({{"A", 40}}, {{"\x1b[31mred\n"}}, 100).find('\x1b'), std::string::npos);
}

TEST(TextTable, WithoutRowsThereIsNoTable) {
  EXPECT_EQ(write_text_table({{"A", 4}}, {}, 100), "");
}

}  // namespace
}  // namespace cli
