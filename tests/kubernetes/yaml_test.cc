#include "kubernetes/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace kubernetes {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

json only(const std::string& text, YamlBounds bounds = {}) {
  const std::vector<json> documents = parse_yaml(text, "a.yaml", bounds);
  EXPECT_EQ(documents.size(), 1U) << text;
  return documents.empty() ? json() : documents.front();
}

TEST(Yaml, ScalarsAreWhatKubernetesTakesThemFor) {
  for (const auto& [text, value] :
       std::vector<std::pair<std::string, json>>{{"7", 7},
                                                 {"-7", -7},
                                                 {"0.5", 0.5},
                                                 {"1e3", 1000.0},
                                                 {"true", true},
                                                 {"False", false},
                                                 {"~", nullptr},
                                                 {"''", ""},
                                                 {"'7'", "7"},
                                                 {"\"true\"", "true"},
                                                 {"2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z"},
                                                 {"10m", "10m"},
                                                 {"1.2.3", "1.2.3"},
                                                 {"e", "e"},
                                                 {"inf", "inf"},
                                                 {"pkg:npm/*", "pkg:npm/*"}}) {
    EXPECT_EQ(only("a: " + text), (json{{"a", value}})) << text;
  }
}

TEST(Yaml, AsTextEveryScalarIsWhatIsWritten) {
  EXPECT_EQ(only("{a: 007, b: true, c: , d: ''}", {.scalars = YamlScalars::kText}),
            (json{{"a", "007"}, {"b", "true"}, {"c", nullptr}, {"d", ""}}));
}

TEST(Yaml, ReadsEveryDocumentThatIsNotEmpty) {
  EXPECT_EQ(parse_yaml("---\na: 1\n---\n---\n- b\n", "a.yaml"), (std::vector<json>{{{"a", 1}}, json::array({"b"})}));
  EXPECT_EQ(parse_yaml("", "a.yaml"), std::vector<json>{});
  EXPECT_EQ(only(R"({"a": [1, {"b": null}]})"), json::parse(R"({"a": [1, {"b": null}]})"));
}

TEST(Yaml, BlocksAndAliasesAreReadOut) {
  EXPECT_EQ(only("a: &x {b: 1}\nc: *x\nd: |\n  two\n  lines\n"),
            (json{{"a", {{"b", 1}}}, {"c", {{"b", 1}}}, {"d", "two\nlines\n"}}));
}

TEST(Yaml, WhatIsTooMuchIsRefused) {
  const auto error_of = [](const std::string& text) -> std::string {
    try {
      static_cast<void>(parse_yaml(text, "a.yaml", {.values_max = 1000}));
    } catch (const base::ParseError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(error_of("{a: ["), StartsWith("a.yaml: "));
  EXPECT_THAT(error_of(std::string(80, '[') + std::string(80, ']')), HasSubstr("nested too deeply"));
  std::string laughs = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'g'; ++c) {
    const std::string before = "*" + std::string(1, static_cast<char>(c - 1));
    laughs += std::string(1, c) + ": &" + c + " [" + before;
    for (int i = 0; i < 9; ++i) laughs += "," + before;
    laughs += "]\n";
  }
  EXPECT_THAT(error_of(laughs), HasSubstr("too many values"));
}

TEST(Yaml, WhatItsLibraryReadsForEverIsRefused) {
  for (const std::string text : {",", ",:a ", "a: 1\n---\n,"}) {
    SCOPED_TRACE(text);
    try {
      (void)parse_yaml(text, "a.yaml");
      ADD_FAILURE() << "it was read";
    } catch (const base::ParseError& error) {
      EXPECT_THAT(error.what(), StartsWith("a.yaml: "));
    }
  }
}

TEST(Yaml, ManyDocumentsAreRead) {
  std::string text;
  for (int i = 0; i < 2'000; ++i) text += "---\na: 1\n";

  EXPECT_EQ(parse_yaml(text, "a.yaml").size(), 2'000U);
}

}  // namespace
}  // namespace kubernetes
