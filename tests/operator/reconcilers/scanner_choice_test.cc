#include "operator/reconcilers/scanner_choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/digest.h"

namespace pratique_operator::reconcilers {
namespace {

std::vector<ScannerEndpoint> pods(int count) {
  std::vector<ScannerEndpoint> pods;
  for (int i = 0; i < count; ++i) {
    pods.push_back({.url = net::parse_url("https://pratique-scanner:8443"), .address = "10.0.0." + std::to_string(i)});
  }
  return pods;
}

std::string layer(int number) {
  return base::Digest::of("layer " + std::to_string(number)).text();
}

constexpr int kLayers = 2'000;

TEST(ScannerChoice, DoesNotDependOnTheOrderInWhichTheyAreNamed) {
  std::vector<ScannerEndpoint> reversed = pods(5);
  std::ranges::reverse(reversed);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(by_preference(pods(5), layer(i)), by_preference(reversed, layer(i)));
}

TEST(ScannerChoice, EachGetsItsShare) {
  std::map<std::string, int> layers;
  for (int i = 0; i < kLayers; ++i) ++layers[by_preference(pods(4), layer(i)).front().address];
  ASSERT_EQ(layers.size(), 4u);
  for (const auto& [address, count] : layers) {
    EXPECT_GT(count, kLayers / 4 * 8 / 10) << address;
    EXPECT_LT(count, kLayers / 4 * 12 / 10) << address;
  }
}

// When one goes, its layers alone move, each to the one that was its second choice.
TEST(ScannerChoice, TheOthersKeepTheirLayers) {
  std::vector<ScannerEndpoint> left = pods(5);
  left.erase(left.begin() + 2);
  for (int i = 0; i < kLayers; ++i) {
    const std::vector<ScannerEndpoint> before = by_preference(pods(5), layer(i));
    const std::size_t expected = before.front().address == "10.0.0.2" ? 1 : 0;
    ASSERT_EQ(by_preference(left, layer(i)).front(), before[expected]);
  }
}

TEST(ScannerChoice, NobodyIsForgotten) {
  EXPECT_TRUE(by_preference({}, layer(1)).empty());
  EXPECT_EQ(by_preference(pods(1), {}), pods(1));
  EXPECT_EQ(by_preference(pods(7), layer(1)).size(), 7u);
}

}  // namespace
}  // namespace pratique_operator::reconcilers
