#include "scanner/inventory/npm/npm_extractor.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "scanner/inventory/npm/package_json.h"
#include "tests/scanner/inventory/extraction_support.h"

namespace scanner::inventory {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using tests::extract;

constexpr std::string_view kPath = "app/node_modules/lodash/package.json";

TEST(NpmExtractor, WantsPackagesDirectlyBelowNodeModules) {
  const NpmExtractor extractor;
  for (const char* path : {"app/node_modules/lodash/package.json", "node_modules/a/package.json",
                           "a/node_modules/@babel/core/package.json", "a/node_modules/b/node_modules/c/package.json",
                           "a/node_modules/.pnpm/b@1.0.0/node_modules/b/package.json"}) {
    EXPECT_TRUE(extractor.wants(path)) << path;
  }
  for (const char* path :
       {"app/package.json", "app/node_modules/package.json", "app/node_modules/a/lib/package.json",
        "app/node_modules/@babel/package.json", "app/node_modules/@babel/core/lib/package.json",
        "app/node_modules/.bin/package.json", "app/my_node_modules/a/package.json", "app/node_modules//package.json",
        "app/node_modules/a/package.json5", "app/node_modules/a/node_modules/package.json", ""}) {
    EXPECT_FALSE(extractor.wants(path)) << path;
  }
}

TEST(NpmExtractor, ReadsNameAndVersion) {
  const Extraction extraction =
      extract(NpmExtractor(), kPath, R"({"name": "lodash", "version": "4.17.11", "author": {"name": "x"}})");
  ASSERT_THAT(extraction.packages, SizeIs(1));
  EXPECT_EQ(extraction.packages[0],
            (Package{.type = "npm", .name = "lodash", .version = "4.17.11", .purl = "pkg:npm/lodash@4.17.11"}));
}

TEST(NpmExtractor, AScopeIsThePurlsNamespace) {
  const Extraction extraction = extract(NpmExtractor(), "node_modules/@angular/animation/package.json",
                                        R"({"version": "12.3.1", "name": "@angular/animation"})");
  ASSERT_THAT(extraction.packages, SizeIs(1));
  EXPECT_EQ(extraction.packages[0].name, "@angular/animation");
  EXPECT_EQ(extraction.packages[0].purl, "pkg:npm/%40angular/animation@12.3.1");
}

TEST(NpmExtractor, WithoutNameOrVersionItIsNoPackage) {
  for (const char* content :
       {"{}", R"({"type": "module"})", R"({"name": "a"})", R"({"version": "1"})", R"({"name": 1, "version": "1"})",
        R"({"name": {"name": "a"}, "version": "1"})", R"({"name": "a", "version": "1", "version": null})"}) {
    const Extraction extraction = extract(NpmExtractor(), kPath, content);
    EXPECT_THAT(extraction.packages, IsEmpty()) << content;
    EXPECT_THAT(extraction.warnings, IsEmpty()) << content;
  }
}

TEST(NpmExtractor, WhatIsNotJsonOrNamesNothingIsUnreadable) {
  for (const char* content : {"", "{", "[]]", "null", "1", R"("a")", R"({"name": "a",})", "{\"name\": \"\xff\"}",
                              R"({"name": "a b", "version": "1"})", R"({"name": "a/b", "version": "1"})",
                              R"({"name": "@a/b/c", "version": "1"})", R"({"name": "/a", "version": "1"})",
                              R"({"name": "a", "version": "1\u001b"})", "{\"name\": \"a\", \"version\": \"1\"} x"}) {
    EXPECT_THROW(static_cast<void>(extract(NpmExtractor(), kPath, content)), base::ParseError) << content;
  }
}

TEST(PackageJson, OnlyTheOutermostObjectCounts) {
  const PackageJson json = parse_package_json(
      R"({"a": {"name": "x"}, "name": "n", "b": [{"version": "0"}, ["name", "y"]], "version": "1"})");
  EXPECT_EQ(json.name, "n");
  EXPECT_EQ(json.version, "1");
}

TEST(PackageJson, OfRepeatedKeysTheLastCounts) {
  EXPECT_EQ(parse_package_json(R"({"name": "a", "name": "b"})").name, "b");
  EXPECT_EQ(parse_package_json(R"({"name": "a", "name": []})").name, "");
}

TEST(PackageJson, DepthIsBounded) {
  const std::string deep = R"({"a": )" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_THROW(static_cast<void>(parse_package_json(deep)), base::ParseError);
  const std::string allowed = R"({"a": )" + std::string(200, '[') + std::string(200, ']') + R"(, "name": "n"})";
  EXPECT_EQ(parse_package_json(allowed).name, "n");
}

TEST(PackageJson, AnArrayIsNoPackage) {
  EXPECT_EQ(parse_package_json(R"(["name", "version"])").name, "");
}

}  // namespace
}  // namespace scanner::inventory
