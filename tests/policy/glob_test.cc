#include "policy/glob.h"

#include <gtest/gtest.h>

#include <chrono>

namespace policy {
namespace {

TEST(Glob, StarsAndQuestionMarks) {
  struct Row {
    const char* pattern;
    const char* text;
    bool expected;
  };
  for (const Row& row : {
           Row{"", "", true},
           Row{"", "a", false},
           Row{"*", "", true},
           Row{"*", "docker.io/library/nginx:1", true},
           Row{"docker.io/library/*", "docker.io/library/nginx:1", true},
           Row{"docker.io/*", "docker.io/library/nginx:1", true},
           Row{"docker.io/*", "docker.io.evil.com/library/nginx:1", false},
           Row{"*/nginx:*", "docker.io/library/nginx:1", true},
           Row{"*nginx", "docker.io/library/nginx:1", false},
           Row{"a?c", "abc", true},
           Row{"a?c", "ac", false},
           Row{"a*b*c", "a-b-b-c", true},
           Row{"a*b*c", "a-c-b", false},
           Row{"**", "x", true},
           Row{"[a]", "a", false},
           Row{"a.c", "abc", false},
           Row{"abc", "ABC", false},
       }) {
    EXPECT_EQ(glob_matches(row.pattern, row.text), row.expected) << row.pattern << " on " << row.text;
  }
}

TEST(Glob, ManyStarsTakeNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  pattern += "b";
  const std::string text(2000, 'a');
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(glob_matches(pattern, text));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST(Glob, APackageUrlMatchesWithAndWithoutItsVersion) {
  const std::string purl = "pkg:npm/lodash@4.17.20?arch=x";
  EXPECT_TRUE(any_glob_matches_purl({"pkg:npm/lodash"}, purl));
  EXPECT_TRUE(any_glob_matches_purl({"pkg:npm/lodash@4.17.*"}, purl));
  EXPECT_TRUE(any_glob_matches_purl({"pkg:npm/lodash@4.17.20"}, purl)) << "qualifiers tell no other package";
  EXPECT_FALSE(any_glob_matches_purl({"pkg:npm/lodash@4.17.2"}, purl));
  EXPECT_TRUE(any_glob_matches_purl({"pkg:deb/*", "pkg:npm/*"}, purl));
  EXPECT_FALSE(any_glob_matches_purl({"pkg:npm/loda"}, purl));
  EXPECT_FALSE(any_glob_matches_purl({}, purl));
}

}  // namespace
}  // namespace policy
