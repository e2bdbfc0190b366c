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
    EXPECT_EQ(resolve_path(row.path, find, row.last_part, 40), row.resolved);
  }
  EXPECT_EQ(resolve_path("chain", find, LastPart::kFollow, 2), std::nullopt) << "three links, two allowed";
}

}  // namespace
}  // namespace scanner::layers
