#include "cli/suggestion.h"

#include <gtest/gtest.h>

namespace cli {
namespace {

TEST(Nearest, FindsTheWordThatWasMeant) {
  const std::vector<std::string> verbs = {"scan", "database", "keygen"};
  for (const auto& [word, meant] :
       {std::pair{"scna", "scan"}, std::pair{"can", "scan"}, std::pair{"scann", "scan"},
        std::pair{"databse", "database"}, std::pair{"key-gen", "keygen"}, std::pair{"scan", "scan"}}) {
    EXPECT_EQ(nearest(word, verbs), meant) << word;
  }
}

TEST(Nearest, SaysNothingWhenNothingIsNear) {
  const std::vector<std::string> verbs = {"scan", "database"};
  for (const std::string& word :
       {std::string("frobnicate"), std::string("x"), std::string(), std::string(100'000, 's')}) {
    EXPECT_EQ(nearest(word, verbs), "") << word.substr(0, 20);
  }
  EXPECT_EQ(nearest("scan", {}), "");
}

}  // namespace
}  // namespace cli
