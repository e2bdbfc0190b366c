#include "registry/token_auth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Values = std::map<std::string, std::string>;

TEST(WwwAuthenticate, ReadsDockerHubsChallenge) {
  EXPECT_THAT(
      parse_www_authenticate(
          R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push")"),
      ElementsAre(Challenge{"bearer", Values{{"realm", "https://auth.docker.io/token"},
                                             {"service", "registry.docker.io"},
                                             {"scope", "repository:a/b:pull,push"}}}));
}

TEST(WwwAuthenticate, ReadsSeveralChallengesOfOneField) {
  EXPECT_THAT(parse_www_authenticate(R"(Bearer realm="https://a/t", service=s , Basic realm="b, c", Negotiate)"),
              ElementsAre(Challenge{"bearer", Values{{"realm", "https://a/t"}, {"service", "s"}}},
                          Challenge{"basic", Values{{"realm", "b, c"}}}, Challenge{"negotiate", {}}));
}

TEST(WwwAuthenticate, ReadsQuotedPairsAndSpaces) {
  EXPECT_THAT(parse_www_authenticate(R"(BASIC  Realm = "a\"b\\c")"),
              ElementsAre(Challenge{"basic", Values{{"realm", "a\"b\\c"}}}));
}

struct Broken {
  std::string name;
  std::string field;
};
void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.name;
}
class BrokenChallenge : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenChallenge, IsLeftOut) {
  EXPECT_THAT(parse_www_authenticate(GetParam().field), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Rows, BrokenChallenge,
                         ::testing::Values(Broken{"Empty", ""}, Broken{"Commas", ", ,,"},
                                           Broken{"OpenQuote", R"(Bearer realm="https://a)"},
                                           Broken{"OpenQuotedPair", "Bearer realm=\"a\\"},
                                           Broken{"EmptyValue", "Bearer realm=, service=s"},
                                           Broken{"TwoRealms", R"(Bearer realm="https://a",realm="https://b")"},
                                           Broken{"NoScheme", "=x"}, Broken{"Binary", "\x01\x02"}),
                         [](const auto& row) { return row.param.name; });

TEST(WwwAuthenticate, WhatCannotBeReadEndsTheList) {
  EXPECT_THAT(parse_www_authenticate("Basic realm=a, Bearer realm=\"open"), SizeIs(1));
}

TEST(WwwAuthenticate, IsBounded) {
  std::string schemes;
  std::string values = "Bearer ";
  for (int i = 0; i < 1000; ++i) {
    schemes += "Basic realm=a,";
    values += "v" + std::to_string(i) + "=1,";
  }

  EXPECT_THAT(parse_www_authenticate(schemes), SizeIs(16));
  EXPECT_THAT(parse_www_authenticate(values), IsEmpty());
}

TEST(TokenCacheTest, ForgetsWhatHasExpired) {
  TokenCache cache;
  const base::SteadyTime start;
  cache.store("a", "t", start + std::chrono::seconds(10));

  EXPECT_EQ(cache.find("a", start + std::chrono::seconds(9)), "t");
  EXPECT_EQ(cache.find("a", start + std::chrono::seconds(10)), std::nullopt);
  EXPECT_EQ(cache.find("b", start), std::nullopt);
}

TEST(TokenCacheTest, DropsTheOldestWhenItIsFull) {
  TokenCache cache;
  const base::SteadyTime start;
  for (int i = 0; i < 1025; ++i) cache.store(std::to_string(i), "t", start + std::chrono::seconds(100 + i));

  EXPECT_EQ(cache.find("0", start), std::nullopt);
  EXPECT_EQ(cache.find("1", start), "t");
  EXPECT_EQ(cache.find("1024", start), "t");
}

}  // namespace
}  // namespace registry
