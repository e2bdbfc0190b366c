#include "crds/duration.h"

#include <gtest/gtest.h>

#include <string>

namespace crds {
namespace {

using std::chrono::seconds;

TEST(ParseDuration, ReadsNumbersWithUnits) {
  struct Row {
    const char* text;
    std::int64_t expected;
  };
  for (const Row& row : {Row{"0s", 0}, Row{"90s", 90}, Row{"10m", 600}, Row{"12h", 43'200}, Row{"30d", 2'592'000},
                         Row{"1h30m", 5'400}, Row{"1d2h3m4s", 93'784}, Row{"999999d", 86'399'913'600}}) {
    EXPECT_EQ(parse_duration(row.text), seconds(row.expected)) << row.text;
  }
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const std::string text : {"", "10", "m", "-5m", "+5m", " 5m", "5m ", "5 m", "1.5h", "5M", "5ms", "5w",
                                 "1000000s", "1s1s1s1s1s", "10m5", "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace crds
