#include "net/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace net {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(BoundedJson, ReadsEveryKindOfValue) {
  const std::string text = R"({"a":[1,-2,3.5,true,false,null,"x",{}],"b":{"c":{"d":[]}},"e":18446744073709551615})";

  EXPECT_EQ(parse_json_bounded(text, "it"), json::parse(text));
}

TEST(BoundedJson, ReadsScalars) {
  EXPECT_EQ(parse_json_bounded(" 7 ", "it"), 7);
  EXPECT_EQ(parse_json_bounded("null", "it"), nullptr);
}

TEST(BoundedJson, ReadsNumbersAsTheyAreWritten) {
  for (const char* text : {"0", "-0", "1", "-1", "9223372036854775807", "9223372036854775808", "18446744073709551615",
                           "18446744073709551616", "-9223372036854775808", "-9223372036854775809",
                           "123456789012345678901234567890", "1.0", "-0.0", "1e3", "1E-3", "0.1", "5e-324"}) {
    const json expected = json::parse(text);
    const json read = parse_json_bounded(text, "it");
    EXPECT_EQ(read, expected) << text;
    EXPECT_EQ(read.is_number_float(), expected.is_number_float()) << text;
    EXPECT_EQ(read.dump(), expected.dump()) << text;
  }
}

TEST(BoundedJson, ReadsTextsOfEveryForm) {
  for (const std::string text : {R"("")", R"("\u0000")", R"("\ud83d\ude00")", R"("\"\\\/\b\f\n\r\t")",
                                 "\"t\xc3\xa9xt\"", R"({"":""})", R"({"\u0061":1})"}) {
    EXPECT_EQ(parse_json_bounded(text, "it"), json::parse(text)) << text;
  }
  EXPECT_THROW(static_cast<void>(parse_json_bounded(R"("\ud83d")", "it")), base::ParseError);
}

// By both readers: an integer that simdjson does not hold is read by the slow one.
TEST(BoundedJson, MayNotHaveMoreValuesThanItMay) {
  for (const char* more : {"", ",123456789012345678901234567890"}) {
    const std::string text = std::string(R"([{"a":[]},1,"x",null)") + more + "]";
    const std::size_t values = *more == '\0' ? 6 : 7;
    EXPECT_EQ(parse_json_bounded(text, "it", {.values_max = values}), json::parse(text));
    EXPECT_THROW(static_cast<void>(parse_json_bounded(text, "it", {.values_max = values - 1})), base::LimitExceeded);
  }
}

// The parser of short texts is kept, and that of long ones is not.
TEST(BoundedJson, LongAndShortTextsByTurns) {
  const std::string value(100'000, 'x');
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(parse_json_bounded(json{{"a", value}}.dump(), "it").at("a"), value);
    EXPECT_EQ(parse_json_bounded(R"({"a":"short"})", "it").at("a"), "short");
    EXPECT_THROW(static_cast<void>(parse_json_bounded("{", "it")), base::ParseError);
  }
}

TEST(BoundedJson, BoundsTheDepth) {
  EXPECT_NO_THROW(static_cast<void>(parse_json_bounded(nested(64), "it")));
  EXPECT_THROW(static_cast<void>(parse_json_bounded(nested(65), "it")), base::LimitExceeded);
  EXPECT_THROW(static_cast<void>(parse_json_bounded(nested(1'000'000), "it")), base::LimitExceeded);
  EXPECT_NO_THROW(static_cast<void>(parse_json_bounded(nested(256), "it", {.depth_max = 256})));
}

TEST(BoundedJson, RefusesDuplicateKeysUnlessTheLastMayWin) {
  const std::string text = R"({"a":{"b":1,"b":2}})";

  try {
    static_cast<void>(parse_json_bounded(text, "the manifest"));
    FAIL() << "was accepted";
  } catch (const base::ParseError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the manifest: the key \"b\" occurs twice"));
  }
  EXPECT_EQ(parse_json_bounded(text, "it", {.duplicate_keys = DuplicateKeys::kLastWins})["a"]["b"], 2);
}

TEST(BoundedJson, TheSameKeyInAnotherObjectIsNoDuplicate) {
  EXPECT_NO_THROW(static_cast<void>(parse_json_bounded(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})", "it")));
}

TEST(BoundedJson, NamesWhatIsMalformed) {
  for (const std::string text : {"", "{", "[1,]", "{\"a\"}", "\"\xFF\"", "01", "nul", "[] []", "1e999"}) {
    try {
      static_cast<void>(parse_json_bounded(text, "the body"));
      FAIL() << "was accepted: " << text;
    } catch (const base::ParseError& error) {
      EXPECT_THAT(error.what(), HasSubstr("the body: malformed JSON at byte ")) << text;
    }
  }
}

TEST(AppendJsonString, WritesWhatParsersReadBack) {
  std::string every_byte;
  for (int byte = 1; byte < 0x80; ++byte) every_byte += static_cast<char>(byte);
  for (const std::string& text :
       {std::string(), std::string("plain"), std::string("\"quoted\" \\ back\nline\n"), std::string("\n"),
        std::string("t\xc3\xa9xt \xe2\x80\xae"), std::string("\0x", 2), every_byte}) {
    std::string out = "before ";
    append_json_string(out, text);
    ASSERT_TRUE(out.starts_with("before \"")) << out;
    EXPECT_EQ(nlohmann::json::parse(out.substr(7)).get<std::string>(), text);
  }
}

TEST(AppendJsonString, ReplacesWhatIsNotUtf8) {
  std::string out;
  append_json_string(out, "a\xff\"");
  EXPECT_EQ(nlohmann::json::parse(out).get<std::string>(), "a\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace net
