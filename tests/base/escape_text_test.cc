#include <gtest/gtest.h>

#include "base/log.h"

namespace base {
namespace {

TEST(EscapeText, NeverReturnsMoreThanTheBound) {
  struct Row {
    const char* name;
    std::string text;
    std::size_t bytes_max;
    std::string expected;
  };
  const Row rows[] = {
      {"fits exactly", "12345", 5, "12345"},
      {"one too many", "123456", 5, "12..."},
      {"two-byte characters stay whole", "\u00e9\u00e9\u00e9", 5, "\u00e9..."},
      {"an escape stays whole", "ab\x1b\x1b", 9, "ab..."},
      {"nothing but dots fits", "123456", 3, "..."},
      {"not even the dots fit", "123456", 2, ".."},
      {"empty", "", 0, ""},
  };
  for (const Row& row : rows) EXPECT_EQ(escape_text(row.text, row.bytes_max), row.expected) << row.name;
}

}  // namespace
}  // namespace base
