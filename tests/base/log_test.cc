#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "base/limits.h"

namespace base {
namespace {

struct Escape {
  std::string name;
  std::string text;
  std::string safe;
};
void PrintTo(const Escape& escape, std::ostream* out) {
  *out << escape.name;
}
class EscapeText : public ::testing::TestWithParam<Escape> {};

TEST_P(EscapeText, MakesTextSafe) {
  EXPECT_EQ(escape_text(GetParam().text), GetParam().safe);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, EscapeText,
    ::testing::Values(
        Escape{"Plain", "a b", "a b"},
        Escape{"Utf8", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\xB3", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x90\xB3"},
        Escape{"Newline", "a\nb", "a\\u{a}b"}, Escape{"TerminalColour", "\x1B[31m", "\\u{1b}[31m"},
        Escape{"Delete", "\x7F", "\\u{7f}"}, Escape{"C1", "\xC2\x9B", "\\u{9b}"},
        Escape{"Zero", std::string(1, '\0'), "\\u{0}"}, Escape{"RightToLeftOverride", "\xE2\x80\xAE", "\\u{202e}"},
        Escape{"Isolate", "\xE2\x81\xA6", "\\u{2066}"}, Escape{"LineSeparator", "\xE2\x80\xA8", "\\u{2028}"},
        Escape{"LoneContinuation", "a\x80", "a\\u{80}"}, Escape{"CutSequence", "\xE2\x82", "\\u{e2}\\u{82}"},
        Escape{"Overlong", "\xC0\xAF", "\\u{c0}\\u{af}"}, Escape{"Surrogate", "\xED\xA0\x80", "\\u{ed}\\u{a0}\\u{80}"},
        Escape{"PastUnicode", "\xF4\x90\x80\x80", "\\u{f4}\\u{90}\\u{80}\\u{80}"}),
    [](const auto& row) { return row.param.name; });

TEST(LogRecord, IsOneJsonLineWithTypedFields) {
  EXPECT_EQ(format_log_record(LogLevel::kInfo, "2026-01-31T08:00:00Z", "scan finished",
                              {{"image", "a\"b\\c"}, {"bytes", std::int64_t{7}}, {"seconds", 0.5}, {"complete", true}}),
            R"({"ts":"2026-01-31T08:00:00Z","level":"info","msg":"scan finished",)"
            R"("image":"a\"b\\c","bytes":7,"seconds":0.5,"complete":true})");
}

TEST(LogRecord, KeepsAnAttackersLineBreaksInside) {
  const std::string record =
      format_log_record(LogLevel::kWarning, "t", "refused", {{"name", "x\n{\"level\":\"info\"}"}});

  EXPECT_EQ(record.find('\n'), std::string::npos);
  EXPECT_THAT(record, ::testing::HasSubstr(R"(x\\u{a}{\"level\":\"info\"})"));
}

TEST(LogRecord, WritesNumbersThatJsonHasNotAsNull) {
  EXPECT_THAT(format_log_record(LogLevel::kError, "t", "e", {{"n", std::numeric_limits<double>::infinity()}}),
              ::testing::HasSubstr("\"n\":null"));
}

TEST(Log, DropsRecordsBelowTheLevel) {
  ::testing::internal::CaptureStderr();
  log(LogLevel::kDebug, "quiet");
  log(LogLevel::kInfo, "loud");
  set_log_level(LogLevel::kError);
  log(LogLevel::kWarning, "quiet now");
  set_log_level(LogLevel::kInfo);

  const std::string written = ::testing::internal::GetCapturedStderr();

  EXPECT_THAT(written, ::testing::HasSubstr("\"msg\":\"loud\"}\n"));
  EXPECT_THAT(written, ::testing::Not(::testing::HasSubstr("quiet")));
}

TEST(Limits, SaturateWhereIntegersWouldWrap) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

  EXPECT_EQ(add_saturating(2, 3), 5U);
  EXPECT_EQ(add_saturating(kMost, 1), kMost);
  EXPECT_EQ(add_saturating(kMost - 1, 1), kMost);
  EXPECT_EQ(multiply_saturating(2, 3), 6U);
  EXPECT_EQ(multiply_saturating(0, kMost), 0U);
  EXPECT_EQ(multiply_saturating(1ULL << 33U, 1ULL << 33U), kMost);
}

TEST(Check, EndsTheProcessWithTheCondition) {
  EXPECT_DEATH(CHECK(1 + 1 == 3), "CHECK failed: 1 \\+ 1 == 3 at .*log_test.cc");
}

TEST(HttpErrorTest, CarriesWhatTheOtherSideSaid) {
  const HttpError error("GET x: 429", 429, "slow down", std::chrono::seconds(7));

  EXPECT_STREQ(error.what(), "GET x: 429");
  EXPECT_EQ(error.status(), 429);
  EXPECT_EQ(error.body(), "slow down");
  EXPECT_EQ(error.retry_after(), std::chrono::seconds(7));
}

}  // namespace
}  // namespace base
