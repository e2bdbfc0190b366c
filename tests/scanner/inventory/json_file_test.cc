#include "scanner/inventory/json_file.h"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "base/error.h"
#include "scanner/inventory/limits.h"

namespace scanner::inventory {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t time = 0; time < times; ++time) all += text;
  return all;
}

void parse(std::string_view text) {
  static_cast<void>(parse_json_file(text));
}

TEST(JsonFile, IsAnObjectOrAnArray) {
  EXPECT_EQ(parse_json_file(R"({"a":[1,"x",null,true,1.5,{}]})"), nlohmann::json::parse(R"({"a":[1,"x",null,true,1.5,{}]})"));
  EXPECT_EQ(parse_json_file("[]"), nlohmann::json::array());
  EXPECT_EQ(parse_json_file("// a comment with a \" in it\n{\"a\": /* [ */ 1}").at("a"), 1) << "as tools write them";
  for (const char* text : {"", "1", "\"x\"", "null", "{", "[1,]", "{\"a\":1}x", "[1e999]", "[\"\xff\"]"}) {
    EXPECT_THROW(parse(text), base::ParseError) << text;
  }
}

TEST(JsonFile, IsNotDeeperThanAPackageJson) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  parse(nested(kJsonDepthMax));
  EXPECT_THROW(parse(nested(kJsonDepthMax + 1)), base::ParseError);
  EXPECT_THROW(parse(nested(1'000'000)), base::ParseError);
  EXPECT_THROW(parse(std::string(1'000'000, '[')), base::ParseError);
}

// A parser that asks back for each value took 6.6 s for this.
TEST(JsonFile, TakesLinearTime) {
  const std::string text = "[" + repeated("{},", 80'000) + "{}]";
  const std::clock_t began = std::clock();
  parse(text);
  EXPECT_LT(std::clock() - began, 2 * CLOCKS_PER_SEC);
}

// What it takes is known before it takes it, whatever stands there again and again.
TEST(JsonFile, TakesNoMoreMemoryThanADocumentMay) {
  for (const char* value : {"{}", "[]", "[0]", R"("")", R"({"":""})", R"({"a":{"b":[]}})", "0"}) {
    const std::string values = repeated(std::string(value) + ",", kJsonMemoryBytesMax / 32 + 1);
    EXPECT_THROW(parse("[" + values + "0]"), base::LimitExceeded) << value;
  }
  EXPECT_THROW(parse("[\"" + std::string(kJsonMemoryBytesMax, 'x') + "\"]"), base::LimitExceeded);
  EXPECT_THROW(parse("{\"" + std::string(kJsonMemoryBytesMax, 'x') + "\":1}"), base::LimitExceeded);
}

// As `pratique` and others write it.
TEST(JsonFile, TheListOfTheLargestImagesFits) {
  const std::string component =
      R"({"bom-ref":"pkg:deb/debian/libexample12345@1.2.3-4+deb12u1?arch=amd64","type":"library","name":"libexample12345",)"
      R"("version":"1.2.3-4+deb12u1","purl":"pkg:deb/debian/libexample12345@1.2.3-4+deb12u1?arch=amd64","properties":[)"
      R"({"name":"pratique:path","value":"var/lib/dpkg/status"},{"name":"pratique:source","value":"example"},)"
      R"({"name":"pratique:layer","value":"sha256:0123456789012345678901234567890123456789012345678901234567890123"}]},)";
  parse(R"({"bomFormat":"CycloneDX","components":[)" + repeated(component, 40'000) + "{}]}");
}

}  // namespace
}  // namespace scanner::inventory
