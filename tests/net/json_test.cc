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

}  // namespace
}  // namespace net
