// The writer against nlohmann's dump() of the same value, byte by byte.
#include "net/json_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

namespace net {
namespace {

using Json = nlohmann::ordered_json;
using Layout = JsonWriter::Layout;

std::string dumped(const Json& value, Layout layout) {
  return value.dump(layout == Layout::kIndented ? 2 : -1, ' ', false, Json::error_handler_t::replace);
}

// Tells a value to the writer.
void tell(JsonWriter& json, const Json& value) {
  if (value.is_object()) {
    json.object([&] {
      for (const auto& [name, member] : value.items()) {
        json.key(name);
        tell(json, member);
      }
    });
  } else if (value.is_array()) {
    json.array([&] {
      for (const Json& item : value) tell(json, item);
    });
  } else if (value.is_string()) {
    json.value(value.get_ref<const std::string&>());
  } else if (value.is_boolean()) {
    json.value(value.get<bool>());
  } else if (value.is_number_float()) {
    json.value(value.get<double>());
  } else if (value.is_number_unsigned()) {
    json.value(value.get<std::uint64_t>());
  } else if (value.is_number()) {
    json.value(value.get<std::int64_t>());
  } else {
    json.value(nullptr);
  }
}

std::string written(const Json& value, Layout layout) {
  JsonWriter json(layout);
  tell(json, value);
  return json.take();
}

void expect_as_dumped(const Json& value) {
  for (const Layout layout : {Layout::kOneLine, Layout::kIndented}) {
    EXPECT_EQ(written(value, layout), dumped(value, layout));
  }
}

TEST(JsonWriter, WritesWhatADumpWrites) {
  for (const char* text :
       {"{}", "[]", "null", "true", "\"\"", "0", R"({"a":{}})", R"({"a":[]})", R"([[],[[]],{},{"a":{"b":[{}]}}])",
        R"({"a":1,"b":-2,"c":[true,false,null,"x"],"d":{"e":{"f":[{"g":"h"},{"i":"j"}]}},"k":[]})"}) {
    expect_as_dumped(Json::parse(text));
  }
}

TEST(JsonWriter, NumbersOfAllKinds) {
  for (const std::int64_t number : {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(),
                                    std::numeric_limits<std::int64_t>::max()}) {
    expect_as_dumped(number);
  }
  expect_as_dumped(std::numeric_limits<std::uint64_t>::max());
  for (int tenths = 0; tenths <= 100; ++tenths) expect_as_dumped(tenths / 10.0);  // scores of CVSS
  for (const double number : {-0.5, 0.25, 1234567.0, 0.1 + 0.2, -0.0, std::numeric_limits<double>::max(),
                              std::numeric_limits<double>::denorm_min()}) {
    expect_as_dumped(number);
  }
}

// The likeliest scores of EPSS are below 0.001.
TEST(JsonWriter, SmallAndLargeNumbersHaveThePointWhereADumpHasIt) {
  const std::vector<std::pair<double, std::string>> rows = {{1e5, "100000.0"},           {1e-4, "0.0001"},
                                                            {0.00042, "0.00042"},        {1e-5, "1e-05"},
                                                            {1e14, "100000000000000.0"}, {1e15, "1e+15"}};
  for (const auto& [number, text] : rows) {
    expect_as_dumped(number);
    EXPECT_EQ(written(number, Layout::kOneLine), text);
  }
}

// Every text of one byte and of two, and of three and four of those bytes at which UTF-8 changes its mind.
TEST(JsonWriter, TextsOfAnyBytes) {
  std::vector<std::string> texts;
  for (int first = 0; first < 256; ++first) {
    texts.emplace_back(1, static_cast<char>(first));
    for (int second = 0; second < 256; ++second) {
      texts.push_back({static_cast<char>(first), static_cast<char>(second)});
    }
  }
  const std::string edges = "a\"\x7f\x80\x8f\x90\x9f\xa0\xbf\xc2\xdf\xe0\xe2\xed\xef\xf0\xf4\xf5\xff";
  for (const char a : edges) {
    for (const char b : edges) {
      for (const char c : edges) {
        texts.push_back({a, b, c});
        texts.push_back({a, b, c, '\x80'});
        texts.push_back({'x', a, b, c, 'y'});
      }
    }
  }
  expect_as_dumped(Json(texts));
}

TEST(JsonWriter, NamesAreTextsToo) {
  expect_as_dumped(Json{{"a \"name\"\n", 1}, {"\xc3\xa9", 2}, {"", 3}});
}

TEST(JsonWriter, ReadsLikeWhatItWrites) {
  const std::vector<int> numbers = {1, 2};
  const std::vector<std::string> words = {"a", "b"};
  JsonWriter json(Layout::kOneLine);
  json.object([&] {
    json.field("text", "x");
    json.field("flag", false);
    json.field("nothing", nullptr);
    json.field("size", words.size());
    json.field("score", 9.0);
    json.array("words", words);
    json.array("doubled", numbers, [](JsonWriter& item, int number) { item.value(2 * number); });
    json.object("inner", [&] { json.array("mixed", [&] { json.value("y"); }); });
  });
  EXPECT_EQ(json.take(), R"({"text":"x","flag":false,"nothing":null,"size":2,"score":9.0,"words":["a","b"],)"
                         R"("doubled":[2,4],"inner":{"mixed":["y"]}})");
}

TEST(JsonWriter, IsEmptyBehindAText) {
  JsonWriter json(Layout::kIndented);
  json.value(1);
  EXPECT_EQ(json.take(), "1");
  json.object([] {});
  EXPECT_EQ(json.take(), "{}");
}

TEST(JsonWriterDeathTest, WhatIsNoJsonEndsTheProcess) {
  EXPECT_DEATH(
      {
        JsonWriter json(Layout::kOneLine);
        json.value(1);
        json.value(2);
      },
      "text_.empty");
  EXPECT_DEATH(
      {
        JsonWriter json(Layout::kOneLine);
        json.object([&] { json.key("a"); });
      },
      "is_behind_key_");
  EXPECT_DEATH(JsonWriter(Layout::kOneLine).value(std::numeric_limits<double>::infinity()), "isfinite");
}

}  // namespace
}  // namespace net
