#include "scanner/layers/image_path.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace scanner::layers {
namespace {

TEST(ImagePath, IsBroughtIntoNormalForm) {
  struct Row {
    std::string name;
    std::optional<std::string> path;
  } const rows[] = {
      {"", ""},
      {".", ""},
      {"./", ""},
      {"/", ""},
      {"a", "a"},
      {"./a/b/", "a/b"},
      {"//a///b", "a/b"},
      {"a/./b", "a/b"},
      {"a/../b", "b"},
      {"a/b/../../c", "c"},
      {"..", std::nullopt},
      {"../etc/passwd", std::nullopt},
      {"a/../../b", std::nullopt},
      {"...", "..."},
      {std::string("a\0b", 3), std::nullopt},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(normal_path(row.name), row.path);
  }
}

TEST(ImagePath, OrderKeepsADirectoryTogether) {
  const std::set<std::string, PathLess> paths = {"a-b", "a/x", "a", "a.b", "a/b/c", "a/b", "b", "a/b-c"};
  const std::vector<std::string> in_order(paths.begin(), paths.end());
  EXPECT_EQ(in_order, (std::vector<std::string>{"a", "a/b", "a/b/c", "a/b-c", "a/x", "a-b", "a.b", "b"}));
}

TEST(ImagePath, FollowsLinksInsideTheImage) {
  const std::map<std::string, std::string, std::less<>> links = {
      {"lib", "usr/lib"}, {"usr/lib/db", "/srv/db"}, {"up", "../../../etc"}, {"etc/current", "./releases/9"},
      {"loop", "loop2"},  {"loop2", "loop"},         {"chain", "chain1"},    {"chain1", "chain2"},
      {"chain2", "usr"},  {"etc/back", ".."},        {"trailing", "usr/"},
  };
  const FindLink find = [&](std::string_view path) -> const std::string* {
    const auto link = links.find(path);
    return link == links.end() ? nullptr : &link->second;
  };
  struct Row {
    std::string path;
    LastPart last_part;
    std::optional<std::string> resolved;
  } const rows[] = {
      {"etc/passwd", LastPart::kFollow, "etc/passwd"},
      {"lib", LastPart::kFollow, "usr/lib"},
      {"lib", LastPart::kKeep, "lib"},
      {"lib/db/status", LastPart::kFollow, "srv/db/status"},
      {"lib/db", LastPart::kKeep, "usr/lib/db"},
      {"up/passwd", LastPart::kFollow, "etc/passwd"},
      {"etc/current/x", LastPart::kFollow, "etc/releases/9/x"},
      {"etc/back/lib/x", LastPart::kFollow, "usr/lib/x"},
      {"chain/x", LastPart::kFollow, "usr/x"},
      {"trailing/x", LastPart::kFollow, "usr/x"},
      {"loop", LastPart::kFollow, std::nullopt},
      {"loop/x", LastPart::kKeep, std::nullopt},
      {"loop", LastPart::kKeep, "loop"},
      {"", LastPart::kFollow, ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.path);
    std::uint64_t steps = 0;
    EXPECT_EQ(resolve_path(row.path, find, row.last_part, {.hops_max = 40, .bytes_max = 100}, steps),
              (ResolvedPath{.path = row.resolved}));
  }
  std::uint64_t steps = 0;
  EXPECT_EQ(resolve_path("chain", find, LastPart::kFollow, {.hops_max = 2, .bytes_max = 100}, steps), ResolvedPath{})
      << "three links, two allowed";
}

// As containerd and Linux follow them a chain of links of 4 KB each would be a megabyte, and half a million lookups.
TEST(ImagePath, TheWayThroughLinksIsBounded) {
  std::string detour;
  while (detour.size() < 4000) detour += "x/../";
  const std::map<std::string, std::string, std::less<>> links = {
      {"a", detour + "b"}, {"b", detour + "c"}, {"long", std::string(4000, 'n') + "/long2"}};
  const FindLink find = [&](std::string_view path) -> const std::string* {
    const auto link = links.find(path);
    return link == links.end() ? nullptr : &link->second;
  };
  std::uint64_t steps = 0;
  const PathBounds bounds{.hops_max = 40, .bytes_max = 4100};
  EXPECT_EQ(resolve_path("a", find, LastPart::kFollow, bounds, steps), (ResolvedPath{.path = "c"}));
  EXPECT_GT(steps, 1600U) << "800 names in each of the two";
  EXPECT_EQ(resolve_path("a/" + std::string(100, 'y'), find, LastPart::kFollow, bounds, steps),
            (ResolvedPath{.path = {}, .is_too_long = true}));
  EXPECT_EQ(resolve_path("long", find, LastPart::kFollow, bounds, steps).path, std::string(4000, 'n') + "/long2");
}

TEST(ImagePath, WhatPathsHaveInCommon) {
  EXPECT_FALSE(is_deeper_than("a", 0));
  EXPECT_TRUE(is_deeper_than("a/b", 0));
  EXPECT_TRUE(is_deeper_than("a/b/c", 1));
  EXPECT_FALSE(is_deeper_than("a/b/c", 2));
  EXPECT_FALSE(is_deeper_than("a/a-long-name", 1));
  EXPECT_EQ(common_directory_bytes("", ""), 0U);
  EXPECT_EQ(common_directory_bytes("a/b", ""), 0U);
  EXPECT_EQ(common_directory_bytes("a/b", "a/c"), 1U);
  EXPECT_EQ(common_directory_bytes("a/b", "a/b"), 3U);
  EXPECT_EQ(common_directory_bytes("a/b", "a/b/c"), 3U);
  EXPECT_EQ(common_directory_bytes("a/b/c", "a/b"), 3U);
  EXPECT_EQ(common_directory_bytes("a/bc", "a/b"), 1U);
  EXPECT_EQ(common_directory_bytes("long-name-1/x", "long-name-2/x"), 0U);
}

}  // namespace
}  // namespace scanner::layers
