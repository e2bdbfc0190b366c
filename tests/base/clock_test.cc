#include "base/clock.h"

#include <gtest/gtest.h>

namespace base {
namespace {

struct Time {
  std::string name;
  std::string text;
  std::string normal;  // empty: refused
};
void PrintTo(const Time& time, std::ostream* out) {
  *out << time.name;
}
class Rfc3339 : public ::testing::TestWithParam<Time> {};

TEST_P(Rfc3339, IsReadAndWrittenInUtc) {
  const std::optional<SystemTime> time = parse_rfc3339(GetParam().text);

  ASSERT_EQ(time.has_value(), !GetParam().normal.empty());
  if (time) {
    EXPECT_EQ(format_rfc3339(*time), GetParam().normal);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Rfc3339,
    ::testing::Values(Time{"Utc", "2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"},
                      Time{"LowerCase", "2026-01-31t08:00:00z", "2026-01-31T08:00:00Z"},
                      Time{"Fraction", "2026-01-31T08:00:00.999999999Z", "2026-01-31T08:00:00Z"},
                      Time{"LongFraction", "2026-01-31T08:00:00.1234567890123Z", "2026-01-31T08:00:00Z"},
                      Time{"EasternOffset", "2026-01-31T01:30:00+02:00", "2026-01-30T23:30:00Z"},
                      Time{"WesternOffset", "2025-12-31T22:30:00-05:30", "2026-01-01T04:00:00Z"},
                      Time{"LeapDay", "2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
                      Time{"LeapSecond", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
                      Time{"Epoch", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
                      Time{"BeforeTheEpoch", "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z"},
                      Time{"NoLeapDay", "2026-02-29T00:00:00Z", ""}, Time{"Month13", "2026-13-01T00:00:00Z", ""},
                      Time{"Hour24", "2026-01-01T24:00:00Z", ""}, Time{"Minute60", "2026-01-01T00:60:00Z", ""},
                      Time{"NoOffset", "2026-01-01T00:00:00", ""}, Time{"NoTime", "2026-01-01", ""},
                      Time{"EmptyFraction", "2026-01-01T00:00:00.Z", ""}, Time{"Trailing", "2026-01-01T00:00:00Zx", ""},
                      Time{"ShortYear", "26-01-01T00:00:00Z", ""}, Time{"Sign", "-026-01-01T00:00:00Z", ""},
                      Time{"SignInMonth", "2026--1-01T00:00:00Z", ""}, Time{"Empty", "", ""},
                      Time{"NotRepresentable", "9999-12-31T23:59:59Z", ""},
                      Time{"OffsetTooLarge", "2026-01-01T00:00:00+24:00", ""}),
    [](const auto& row) { return row.param.name; });

TEST(Rfc3339, KeepsTheFraction) {
  const SystemTime whole = *parse_rfc3339("2026-01-31T08:00:00Z");

  EXPECT_EQ(*parse_rfc3339("2026-01-31T08:00:00.25Z") - whole, std::chrono::milliseconds(250));
}

}  // namespace
}  // namespace base
